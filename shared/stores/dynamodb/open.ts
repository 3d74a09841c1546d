import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Store, StoreSettings } from "../../ports/store.ts";
import { REVOCATION_LIMITS } from "../revocation-limits.ts";
import { openActions } from "./actions.ts";
import { atMost } from "./at-most.ts";
import { openBatches } from "./batches.ts";
import { openChains } from "./chain.ts";
import { openDocuments } from "./documents.ts";
import { openEmergencies } from "./emergencies.ts";
import { openEvidence } from "./evidence.ts";
import { openFeedSnapshots } from "./feeds.ts";
import { openHalt } from "./halt.ts";
import { openJournalReads } from "./journal-reads.ts";
import { openLedger } from "./ledger.ts";
import { openLinks } from "./links.ts";
import { openLook } from "./look.ts";
import { openOutbox } from "./outbox.ts";
import { parseTablePlace, type TablePlace } from "./place.ts";
import { openPostures } from "./postures.ts";
import { openProposals } from "./proposals.ts";
import { openQueue } from "./queue.ts";
import { openRechecks } from "./rechecks.ts";
import { openReports } from "./reports.ts";
import { openRequests } from "./requests.ts";
import { openRevocations } from "./revocations.ts";
import { openCountNews } from "./run-news.ts";
import { openRuns } from "./runs.ts";
import { openSettle } from "./settle.ts";
import { openSinks } from "./sinks.ts";
import { openStamps } from "./stamps.ts";
import { openStandings } from "./standings.ts";
import { openSweeps } from "./sweeps.ts";
import { openTagHeads } from "./tag-heads.ts";
import { inOneTurn } from "./turns.ts";
import { openUndos } from "./undos.ts";
import { openUsage } from "./usage.ts";
import { openWaiting } from "./waiting.ts";

/** Several processes use one table at once, each in as many calls as it likes. Nothing is asked of the table before the first use. @throws ParseError */
export function openDynamoStore({ place, signHead, revocations = REVOCATION_LIMITS }: StoreSettings): Store {
  const { table, ...where } = parseTablePlace(place);
  const client = openClient(where);
  const requests = openRequests(client, table);
  const documents = openDocuments(requests);
  const stamps = openStamps(() => Date.now());
  const chains = openChains(signHead, stamps);
  const waiting = openWaiting();
  const batches = openBatches(documents);
  const look = openLook({ requests, documents, waiting, stamps });
  const number = openSettle({ documents, batches, countNews: openCountNews(documents), waiting });
  const numberAll = inOneTurn(async () => {
    await look.look(async () => void (await number()));
    const { state, broken } = await number();
    if (state === "settled") await look.done();
    return broken;
  });
  const settle = async (): Promise<void> => void (await numberAll());
  const journal = openJournalReads({ requests, documents, batches, settle, waiting });
  const evidence = openEvidence(requests, documents, stamps);
  const actions = openActions(requests, documents, stamps, settle);
  const links = openLinks(documents);
  const tags = openTagHeads(documents);
  const ledger = openLedger({ requests, documents, stamps, waiting, actions, links, tags, chains, journal, evidence });
  const close = async (): Promise<void> => client.destroy();
  return {
    ledger: { ...ledger, close },
    queue: openQueue(requests, documents, stamps),
    sinks: openSinks(documents),
    reports: openReports(documents, stamps),
    evidence: evidence.store,
    feeds: openFeedSnapshots(documents),
    runs: openRuns({ requests, documents, chains, settle, waiting }),
    emergencies: openEmergencies(documents, stamps),
    standings: openStandings(requests, documents),
    halts: openHalt(documents),
    sweeps: openSweeps(documents),
    proposals: openProposals(documents),
    postures: openPostures(documents),
    undos: openUndos(requests, documents),
    revocations: openRevocations(documents, revocations),
    usage: openUsage(documents),
    outbox: openOutbox({ waiting, stamps, number: numberAll, hear: look.hear }),
    rechecks: openRechecks(requests),
    close,
  };
}

/** The SDK waits for ever where it is not told otherwise, as for an answer on a connection that a frozen function has lost. */
const LIMITS = { connectionTimeout: 2_000, requestTimeout: 10_000 };
/** As many connections as the SDK makes. A request that waits for one would count as one that is not answered. */
const AT_ONCE = 50;

/** Credentials come from where the SDK looks for them: the role of the function, or the environment. */
export function openClient({ region, endpoint }: Omit<TablePlace, "table">, limits = LIMITS): DynamoDBClient {
  const requestHandler = { ...limits, throwOnRequestTimeout: true };
  const client = new DynamoDBClient({ region, requestHandler, ...(endpoint === undefined ? {} : { endpoint }) });
  const inTurn = atMost(AT_ONCE);
  client.middlewareStack.add((next) => (given) => inTurn(() => next(given)), { step: "finalizeRequest", priority: "low", name: "atMost" });
  return client;
}
