/** Next to each other, and not taken by what systems bring along (macOS holds 5000 and 7000). */
export const PORTS = { gate: 5056, registry: 5055 } as const;

export const LOOPBACK = "127.0.0.1";
