import { describe, expect, test } from "vitest";
import { parseInstant } from "../../../shared/domain/time.ts";
import { readImageConfig } from "../../../shared/oci/image-config.ts";

const read = (document: unknown) => readImageConfig(new TextEncoder().encode(JSON.stringify(document)));

describe("an image configuration", () => {
  test("gives what a policy may ask for", () => {
    const config = {
      User: "1000",
      Env: ["A=b"],
      ExposedPorts: { "8080/tcp": {} },
      Labels: { a: "b" },
      Entrypoint: ["/app"],
      Cmd: null,
      Volumes: { "/data": {} },
      WorkingDir: "/srv",
      Healthcheck: { Test: ["CMD", "true"] },
    };
    const document = {
      created: "2026-01-01T00:00:00Z",
      config,
      history: [{ created_by: "RUN x" }, {}],
      rootfs: { type: "layers", diff_ids: ["sha256:1"] },
    };
    expect(read(document)).toEqual({
      user: "1000",
      env: ["A=b"],
      exposedPorts: ["8080/tcp"],
      labels: { a: "b" },
      entrypoint: ["/app"],
      cmd: [],
      volumes: ["/data"],
      workingDir: "/srv",
      hasHealthcheck: true,
      createdAt: parseInstant("2026-01-01T00:00:00Z"),
      history: ["RUN x", ""],
      layers: ["sha256:1"],
    });
  });

  test("of nothing runs as root and checks no health; NONE turns the check off", () => {
    expect(read({})).toMatchObject({ user: "", hasHealthcheck: false, createdAt: "unknown", layers: [] });
    expect(read({ config: { Healthcheck: { Test: ["NONE"] } } }).hasHealthcheck).toBe(false);
  });

  test("whose used members have another form is malformed, never empty", () => {
    for (const config of [{ User: 0 }, { Env: "A=b" }, { Labels: [] }, { ExposedPorts: ["8080"] }])
      expect(() => read({ config })).toThrow(expect.objectContaining({ code: "malformed" }));
    expect(() => read([])).toThrow(expect.objectContaining({ code: "malformed" }));
  });
});
