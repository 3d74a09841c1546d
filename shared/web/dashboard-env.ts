import type { Session } from "./session.ts";

/** What the pages know of a request once its session, and for a form its fields, were found good. */
export interface DashboardEnv {
  Variables: { session: Session; form: URLSearchParams };
}
