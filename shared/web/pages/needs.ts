import type { Halt } from "../../domain/halt.ts";
import type { ImageRecord } from "../../domain/image-record.ts";
import { isSamePerson, type Proposal } from "../../domain/proposal.ts";
import type { Role } from "../../domain/role.ts";
import type { Run, RunCause } from "../../domain/run.ts";
import { type Instant, printInstant } from "../../domain/time.ts";
import { explain } from "../../policy/explain/explain.ts";
import { listRow } from "../../policy/explain/list-row.ts";
import type { GateStatus, RegistryStatus, SinkStatus } from "../../ports/gate-status.ts";
import type { PlaceStatus } from "../../ports/usage-desk.ts";
import { counted, type IconName, imageName, imagePath } from "./parts.ts";

/** One thing that waits for a person. */
export interface Need {
  /** Something does not do what it should; the first of these is the page's red thing. */
  readonly isAlarm: boolean;
  readonly symbol: IconName;
  readonly what: string;
  readonly why: string;
  readonly href: string;
  readonly acts: readonly { readonly word: string; readonly href: string }[];
  /** A question that is answered here, with a reason. */
  readonly question?: {
    /** Who may answer; an operator where it is left out. */
    readonly role?: Role;
    readonly field: string;
    readonly value: string;
    readonly answers: readonly { readonly word: string; readonly path: string }[];
  };
}

/** The gate's own troubles come first: while it is deaf or mute, all else on the page is old. */
export function needsOfGate({ sinks, queue, halt, places, registries }: GateStatus): readonly Need[] {
  const parked =
    queue.parked === 0
      ? []
      : [
          gateNeed(
            `${counted(queue.parked, "piece", "pieces")} of work given up`,
            "the journal says why; the image keeps its last state",
            "/audit?kind=parked",
            "Look",
          ),
        ];
  return [
    ...needOfHalt(halt),
    ...sinks.flatMap(needOfSink),
    ...parked,
    ...places.flatMap(needOfPlace),
    ...registries.flatMap(needOfTakeOver),
  ];
}

function needOfHalt(halt: Halt): readonly Need[] {
  if (halt.kind === "going") return [];
  const { name, reason } = halt.by;
  return [
    {
      isAlarm: true,
      symbol: "warn",
      what: "The gate is stopped",
      why: `by ${name}: ${reason}. Nothing is held, released, moved or deleted until somebody lets it go on; what it was kept from is judged again then.`,
      href: "/audit?kind=halted",
      acts: [],
      question: { field: "halt", value: "resume", answers: [{ word: "Let it go on", path: "/act/resume" }] },
    },
  ];
}

/** While it is not known what a place runs, nothing that it may run is held at once. */
function needOfPlace({ name, isSilent, seenAt }: PlaceStatus): readonly Need[] {
  if (!isSilent) return [];
  const why = seenAt === "never" ? "it has never reported" : `its last report is of ${printInstant(seenAt)}`;
  return [gateNeed(`Nobody knows what ${name} runs`, `${why}; all images count as in use there`, "/#places", "Look")];
}

function needOfTakeOver({ host, takeOver }: RegistryStatus): readonly Need[] {
  if (takeOver === undefined) return [];
  const { judged, found, fault, next } = takeOver;
  const how =
    fault === undefined
      ? `${judged.toLocaleString("en-US")} of ${found.toLocaleString("en-US")} judged`
      : `what lies there cannot be listed: ${fault}`;
  const need = gateNeed(`Taking over ${host}: nothing is held there`, `${how}. Next: ${next}`, "/audit?kind=taken-over", "Look");
  return [{ ...need, isAlarm: fault !== undefined }];
}

function needOfSink({ name, state, dead, waiting, lastError }: SinkStatus): readonly Need[] {
  if (state !== "active")
    return [
      gateNeed(
        `Sink ${name} is ${state}`,
        `${counted(waiting, "event waits", "events wait")}${lastError === undefined ? "" : `; ${lastError}`}`,
        "/audit",
        "Look",
      ),
    ];
  return dead === 0
    ? []
    : [
        gateNeed(
          `Sink ${name} refused ${counted(dead, "event", "events")}`,
          lastError ?? "they are kept with their reason",
          "/audit",
          "Look",
        ),
      ];
}

function gateNeed(what: string, reason: string, href: string, word: string): Need {
  return { isAlarm: true, symbol: "warn", what, why: reason, href, acts: [{ word, href }] };
}

const CAUSES: Readonly<Record<RunCause, string>> = {
  policy: "A change of policy",
  waivers: "A change of waivers",
  feeds: "A change of the feeds",
  attestations: "A change of attestations",
  sweep: "A sweep",
  usage: "A report of what runs no more",
  takeover: "Taking over a registry",
  emergency: "An emergency hold",
  deletion: "Deleting what was held long",
};

/** What one person asked for, and another has to confirm. */
export function needsOfProposals(proposals: readonly Proposal[], reader: string, now: Instant): readonly Need[] {
  const open = proposals.filter(({ expiresAt }) => expiresAt > now);
  return open.map(({ id, summary, by, expiresAt }) => ({
    isAlarm: false,
    symbol: "warn",
    what: `${id} waits for a second person`,
    why: `${by.name} asks (${by.reason}): ${summary}. Until ${printInstant(expiresAt)}.`,
    href: "/audit?kind=proposed",
    acts: [],
    ...(isSamePerson(by, { name: reader, reason: "" })
      ? {}
      : {
          question: {
            role: "approver" as const,
            field: "proposal",
            value: id,
            answers: [
              { word: "Confirm", path: "/act/confirm" },
              { word: "Decline", path: "/act/decline" },
            ],
          },
        }),
  }));
}

/** Runs that the brake stopped: nothing more of them is held until somebody answers. */
export function needsOfRuns(runs: readonly Run[]): readonly Need[] {
  return runs.map(({ id, cause, held, waiting, stop }) => ({
    isAlarm: true,
    symbol: "warn",
    what: `${CAUSES[cause]} stopped and asks`,
    why: `${stop?.why ?? "it would hold too much"}: ${counted(waiting, "image waits", "images wait")} and can be pulled, ${counted(held, "is", "are")} held. Approve holds them, reject leaves them free.`,
    href: "/audit?kind=braked",
    acts: [],
    question: {
      field: "run",
      value: id,
      answers: [
        { word: "Approve", path: "/act/approve" },
        { word: "Reject", path: "/act/reject" },
      ],
    },
  }));
}

/** Images that can be pulled and should perhaps not be, unless a person has decided that already, or is asked to for all of a run. */
export function needsOfImages(records: readonly ImageRecord[], now: Instant): readonly Need[] {
  const open = records.filter(
    ({ override, presence, pending, isBraked }) =>
      override === undefined && presence === "present" && pending === undefined && isBraked !== true,
  );
  return open.map((record) => needOfImage(record, now));
}

function needOfImage(record: ImageRecord, now: Instant): Need {
  const { verdict, key } = record;
  const href = imagePath(key);
  const isAlarm = verdict?.kind === "violating" && verdict.mode === "enforce" && record.deadline?.isOver !== false;
  const { effect, headline } = explain(record, { policyFile: "", now });
  return {
    isAlarm,
    symbol: verdict?.kind ?? "none",
    what: imageName(record),
    why: `${headline}: ${listRow(record).why}. ${effect.slice(0, 1).toUpperCase()}${effect.slice(1)}.`,
    href,
    acts: [{ word: "Decide", href: `${href}#decide` }],
  };
}
