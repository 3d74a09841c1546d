import { GATE, JSON_OUT } from "./options.ts";
import type { Verb } from "./verb.ts";

const DRY_RUN = { flag: "--dry-run", text: "show what would be done, and change nothing" } as const;

/** Where images run. */
export const usageVerbs: readonly Verb[] = [
  {
    usage: "usage [words...]",
    summary: "show where an image runs, or which places report what they run",
    story:
      "With an image: whether anything runs it, by the last word of every place, by pulls, and by workloads of which it is not known what they run. Not to know counts as in use. Without one: the places, their last reports, and who is silent.\n`usage forget PLACE` forgets what a place that is no more said last; until then its word counts.",
    words: [["words", "an image (registry/repository:tag, @digest, or a digest alone), or forget and the name of a place"]],
    options: [
      { flag: "--reason <text>", text: "to forget: why; is written to the journal (required but for a dry run)" },
      { flag: "--actor <name>", text: "to forget: who acts, for the journal (default: your login name)" },
      DRY_RUN,
      ...GATE,
      JSON_OUT,
    ],
    examples: [
      "moorgate usage",
      "moorgate usage 127.0.0.1:5055/shop/api:1.0",
      "moorgate usage forget old-cluster --dry-run",
      'moorgate usage forget old-cluster --reason "switched off"',
    ],
    exits:
      "0 runs nowhere, or all places report · 1 in use · 2 not known, or a place is silent · 3 usage, or no such place reported · 4 the image is not known to the gate, or it does not answer or let you",
    load: async () => (await import("./usage.ts")).runUsage,
  },
  {
    usage: "report-usage [files...]",
    summary: "tell the gate all that one place runs",
    story:
      "Reads what runs in a cluster or an account (kubectl get pods,deployments,statefulsets,daemonsets,jobs,cronjobs -A -o json), and gives it to the gate as the place's whole word: what is not in it does not run there. Without files it reads standard input. A list that may be cut short (one page of several, no pods at all, pods of one namespace, an entry that cannot be read) is refused, and the gate keeps the word before.\nThe gate is found by --url and --token-file, or MOORGATE_URL and MOORGATE_TOKEN_FILE; the token needs the role reporter.",
    words: [["files", "what a command printed: kubectl, aws, gcloud, az; - is standard input"]],
    options: [
      { flag: "--place <name>", text: "who runs it, as usage.places in moorgate.yaml names it (required)" },
      { flag: "--from <source>", text: "kubernetes, ecs, lambda, app-runner, inspector, cloud-run or azure (default: by content)" },
      { flag: "--in-cluster", text: "ask the cluster that this runs in, with the pod's service account" },
      { flag: "--kubeconfig <file>", text: "ask the cluster of a kubeconfig: tokens and client certificates, no exec or auth-provider" },
      { flag: "--context <name>", text: "context of the kubeconfig (default: its current one)" },
      { flag: "--seen-at <time>", text: "when the list was printed (default: when the oldest file was written, or now)" },
      { flag: "--part-only", text: "say of a list of one namespace that the place is no more than that" },
      { flag: "--nothing-runs", text: "say of a list without any workload that it is meant so" },
      DRY_RUN,
      ...GATE,
      JSON_OUT,
    ],
    examples: [
      "moorgate report-usage --place east pods.json",
      "moorgate report-usage --place east --kubeconfig ~/.kube/config --context east",
      "moorgate report-usage --place shop-aws tasks.json functions.json",
      "moorgate report-usage --place east --in-cluster --url https://moorgate.example --token-file /run/moorgate/token",
    ],
    exits:
      "0 reported · 3 usage, what was read is not whole, or the gate refuses it · 4 could not be read or given to the gate; it keeps the word before",
    load: async () => (await import("./report-usage.ts")).runReportUsage,
  },
];
