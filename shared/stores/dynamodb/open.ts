import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Store, StoreSettings } from "../../ports/store.ts";
import { openActions } from "./actions.ts";
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
import { openProposals } from "./proposals.ts";
import { openQueue } from "./queue.ts";
import { openReports } from "./reports.ts";
import { openRequests } from "./requests.ts";
import { openRevocations } from "./revocations.ts";
import { openCountNews } from "./run-news.ts";
import { openRuns } from "./runs.ts";
import { openSettle } from "./settle.ts";
import { openSinks } from "./sinks.ts";
import { openStamps } from "./stamps.ts";
import { openStandings } from "./standings.ts";
import { inOneTurn } from "./turns.ts";
import { openUndos } from "./undos.ts";
import { openUsage } from "./usage.ts";
import { openWaiting } from "./waiting.ts";

/** Several processes use one table at once, each in as many calls as it likes. Nothing is asked of the table before the first use. @throws ParseError */
export function openDynamoStore({ place, signHead }: StoreSettings): Store {
  const { table, ...where } = parseTablePlace(place);
  const client = openClient(where);
  const requests = openRequests(client, table);
  const documents = openDocuments(requests);
  const stamps = openStamps(() => Date.now());
  const chains = openChains(signHead, stamps);
  const waiting = openWaiting();
  const look = openLook({ requests, documents, waiting, stamps });
  const number = openSettle({ documents, countNews: openCountNews(documents), waiting });
  const numberAll = inOneTurn(async () => {
    await look.look();
    const { state, broken } = await number();
    if (state === "settled") await look.done();
    return broken;
  });
  const settle = async (): Promise<void> => void (await numberAll());
  const journal = openJournalReads({ requests, documents, settle, waiting });
  const evidence = openEvidence(requests, documents, stamps);
  const actions = openActions(requests, documents, stamps, settle);
  const links = openLinks(requests, documents);
  const ledger = openLedger({ requests, documents, stamps, waiting, actions, links, chains, journal, evidence });
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
    proposals: openProposals(documents),
    undos: openUndos(requests, documents),
    revocations: openRevocations(documents),
    usage: openUsage(documents),
    outbox: openOutbox({ waiting, stamps, number: numberAll }),
    close,
  };
}

/** Credentials come from where the SDK looks for them: the role of the function, or the environment. */
export function openClient({ region, endpoint }: Omit<TablePlace, "table">): DynamoDBClient {
  return new DynamoDBClient({ region, ...(endpoint === undefined ? {} : { endpoint }) });
}
