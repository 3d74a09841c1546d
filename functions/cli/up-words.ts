import type { Environment } from "../../shared/runtime/config.ts";
import { columns } from "./columns.ts";
import type { GateAddress } from "./gate-file.ts";
import type { Terminal } from "./terminal.ts";
import type { JudgedSample } from "./up-samples.ts";

export interface Welcome {
  readonly stateDir: string;
  readonly address: GateAddress;
  readonly registry: string;
  readonly policyFile: string;
  /** Made by this start: shown now and never again. */
  readonly isNewToken: boolean;
  readonly samples: readonly JudgedSample[];
  /** How the next command is begun. */
  readonly command: string;
  /** Flags that a next command needs to reach this gate. */
  readonly sameGate: string;
}

/** How a person calls Moorgate again: where npm runs it out of this package itself, a checkout, nothing puts its name on the path. */
export function commandOf(environment: Environment): string {
  return environment["npm_package_name"] === "moorgate" ? "npm run -s moorgate --" : "moorgate";
}

/** What a person reads when the gate is up: where things are, what the samples show, what to do next. */
export function welcome(
  { stateDir, address, registry, policyFile, isNewToken, samples, command, sameGate }: Welcome,
  terminal: Pick<Terminal, "columns">,
): string {
  const held = samples.find((sample) => sample.held);
  const places = columns(
    [
      ["  Dashboard", `${address.url}/`],
      ["  Registry", registry],
      ["  Policy", policyFile],
      ["  Token", isNewToken ? `${address.token}   (shown this once; kept in ${stateDir}/token)` : `in ${stateDir}/token`],
    ],
    Number.POSITIVE_INFINITY,
  );
  const next = columns(
    [
      ["  Push your own", `docker push ${registry}/shop/api:1.0`],
      ...(held === undefined
        ? []
        : [
            ["  See why", `${command} explain ${held.image}${sameGate}`],
            ["  Put it back", `${command} release ${held.image} --reason "trying it out"${sameGate}`],
          ]),
      ["  Stop", "Ctrl-C"],
    ],
    Number.POSITIVE_INFINITY,
  );
  return ["  MOORGATE is up", "", ...places, "", ...sampleLines(samples, terminal), ...next].join("\n");
}

const SYMBOLS: Readonly<Record<string, string>> = { compliant: "+", violating: "x", indeterminate: "?" };

function sampleLines(samples: readonly JudgedSample[], terminal: Pick<Terminal, "columns">): readonly string[] {
  if (samples.length === 0) return [];
  const rows = samples.map(({ image, verdict, held, shows }) => [
    `  ${SYMBOLS[verdict] ?? "."} ${verdict}`,
    held ? "held" : "",
    image,
    shows,
  ]);
  return [...columns(rows, terminal.columns), ""];
}
