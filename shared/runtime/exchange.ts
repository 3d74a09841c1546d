export interface HttpRequest {
  readonly url: URL;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string | AsyncIterable<Uint8Array> | undefined;
  /** For the whole exchange, the body included. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Bytes of the answer's body, after decompression. */
  readonly maxBytes: number;
  /** How many redirects a GET or HEAD may follow; none where absent, the answer is then the 3xx itself. */
  readonly redirects?: number;
  /** Refuses loopback, private, link-local and metadata addresses, with the connection bound to the address that was checked. */
  readonly publicOnly?: boolean;
  /** What carries the exchange; the platform's own where absent. A server in this process is asked without a socket. */
  readonly fetch?: typeof fetch | undefined;
}

/** One answer as it comes from the wire: no redirect followed, nothing read. */
export interface Exchanged {
  readonly status: number;
  readonly headers: Headers;
  readonly body: AsyncIterable<Uint8Array> | null;
}
