import { describe, expect, test } from "vitest";
import { at } from "../given.ts";
import { clean, config, content, judge, looked, outcome, UNREAD } from "./given.ts";

const of = (settings: string, more: Parameters<typeof config>[0] = {}) =>
  outcome(judge(`rule: configuration, ${settings}`, clean(config(more))));

describe("configuration", () => {
  test.each(["", "root", "0", "0:0", "00", "root:staff", "0:1000", "+0", " 0 ", ":1000"])("takes the user %j for root", (user) => {
    expect(of("notRoot: true", { user })).toEqual(["violated a|root"]);
  });

  test.each(["65532", "1000:0", "app", "rooty", "10"])("takes the user %j for none that is root", (user) => {
    expect(of("notRoot: true", { user })).toEqual([]);
  });

  test.each([
    ["ports: { deny: ['22'] }", ["22/tcp", "8080/tcp"], ["violated a|port|22/tcp"]],
    ["ports: { deny: ['53/udp'] }", ["53/tcp", "53/udp"], ["violated a|port|53/udp"]],
    ["ports: { allow: ['8080'] }", ["8080/tcp", "9090"], ["violated a|port|9090/tcp"]],
    ["ports: { allow: [] }", ["80/tcp"], ["violated a|port|80/tcp"]],
  ])("with %s judges the ports %j", (settings, exposedPorts, expected) => {
    expect(of(settings, { exposedPorts })).toEqual(expected);
  });

  test.each(["DB_PASSWORD=hunter2", "api_key=x", "GITHUB_TOKEN=x", "PASS=x", "MYSQL_PWD=x", "AWS_SECRET_ACCESS_KEY=x"])(
    "sees a secret in the environment by its name, and never prints its value: %s",
    (entry) => {
      const { reasons } = judge("rule: configuration, noSecretsInEnv: true", clean(config({ env: [entry] })));
      expect(reasons).toMatchObject([{ status: "violated" }]);
      expect(JSON.stringify(reasons)).not.toContain("hunter2");
    },
  );

  test.each([
    "GPG_KEY=E3FF2839C048B25C",
    "PWD=/app",
    "TOKEN_FILE=/run/token",
    "DB_PASSWORD=",
    "KEYBOARD=us",
    "PUBLIC_KEY=x",
    "COMPASS=north",
  ])("sees no secret in %s", (entry) => {
    expect(of("noSecretsInEnv: true", { env: [entry] })).toEqual([]);
  });

  test("passes over the names that the policy excepts", () => {
    expect(of("noSecretsInEnv: true, exceptEnv: [CACHE_*]", { env: ["CACHE_KEY=v1"] })).toEqual([]);
  });

  test.each([
    ["ADD https://user:pw@x.example/a.tgz /a # buildkit", true],
    ["/bin/sh -c #(nop) ADD https://x.example/a /a", true],
    ["ADD --chmod=755 git@github.com:x/y.git /src # buildkit", true],
    ["ADD rootfs.tar.xz / # buildkit", false],
    ["RUN /bin/sh -c echo ADD https://x.example/a # buildkit", false],
    ["COPY https /x # buildkit", false],
  ])("judges the build step %s", (step, isUrl) => {
    const { reasons } = judge("rule: configuration, noAddFromUrl: true", clean(config({ history: ["FROM x", step] })));
    expect(reasons.map(({ status }) => status)).toEqual(isUrl ? ["violated"] : []);
    expect(JSON.stringify(reasons)).not.toContain("pw@");
  });

  test("wants labels, and their values where the policy gives any", () => {
    const settings = "labels: { required: { owner: 'team-*', 'org.opencontainers.image.source': '**' }, forbidden: [secret-*] }";
    expect(of(settings, { labels: { owner: "team-shop", "org.opencontainers.image.source": "https://x/y/z" } })).toEqual([]);
    expect(of(settings, { labels: { owner: "me", "org.opencontainers.image.source": "", "secret-x": "1" } })).toEqual([
      "violated a|forbidden-label|secret-x",
      "violated a|label|org.opencontainers.image.source",
      "violated a|label|owner",
    ]);
  });

  test("does not find a required label on the object's own prototype", () => {
    expect(of("labels: { required: { constructor: '**' } }")).toEqual(["violated a|label|constructor"]);
  });

  test.each([
    ["healthcheck: true", {}, ["violated a|healthcheck"]],
    ["healthcheck: true", { hasHealthcheck: true }, []],
    [
      "noSystemVolumes: true",
      { volumes: ["/proc", "/data", "/etc/ssl", "/processes"] },
      ["violated a|volume|/etc/ssl", "violated a|volume|/proc"],
    ],
  ])("with %s judges %j", (settings, more, expected) => {
    expect(of(settings, more)).toEqual(expected);
  });

  test("is unknown where the configuration could not be read or is none of an image", () => {
    expect(outcome(judge("rule: configuration, notRoot: true", clean({ config: UNREAD })))).toEqual(["unknown a|config"]);
    expect(outcome(judge("rule: configuration, notRoot: true", clean()))).toEqual(["unknown a|config"]);
  });

  test("believes only a report that looked for setuid files that there are none", () => {
    const rule = "rule: configuration, noSetuid: true";
    expect(outcome(judge(rule, clean()))).toEqual(["unknown a|misconfiguration"]);
    expect(outcome(judge(rule, looked(["misconfiguration"])))).toEqual([]);
    const found = looked(
      ["misconfiguration"],
      content("misconfiguration", "CIS-DI-0008", { path: "bin/su" }),
      content("misconfiguration", "DS-0026"),
    );
    expect(outcome(judge(rule, found))).toEqual(["violated a|CIS-DI-0008|bin/su"]);
  });

  test("counts reported misconfigurations from a severity on, and those that nobody rated", () => {
    const rule = "rule: configuration, reportedAtLeast: high";
    const found = looked(
      ["misconfiguration"],
      content("misconfiguration", "A", { severity: "high" }),
      content("misconfiguration", "B", { severity: "medium" }),
      content("misconfiguration", "C", { severity: "unknown" }),
    );
    expect(outcome(judge(rule, found))).toEqual(["violated a|A|", "violated a|C|"]);
  });
});

describe("image-age", () => {
  const rule = "rule: image-age, maxAge: 30d";

  test("goes by the time of the build, and says when it will be too old", () => {
    const verdict = judge(rule, clean(config({ createdAt: at("2026-10-22T12:00:00Z") })));
    expect(outcome(verdict)).toEqual([]);
    expect(verdict.recheckAt).toBe(at("2026-11-21T12:00:00.001Z"));
    expect(outcome(judge(rule, clean(config({ createdAt: at("2026-10-22T11:59:59.999Z") }))))).toEqual(["violated a|age"]);
  });

  test.each(["1970-01-01T00:00:00Z", "2030-01-01T00:00:00Z"])("is unknown for the made-up time %s", (text) => {
    expect(outcome(judge(rule, clean(config({ createdAt: at(text) }))))).toEqual(["unknown a|age"]);
  });

  test("is unknown without a time or a configuration", () => {
    expect(outcome(judge(rule, clean(config({ createdAt: "unknown" }))))).toEqual(["unknown a|age"]);
    expect(outcome(judge(rule, clean({ config: UNREAD })))).toEqual(["unknown a|age"]);
  });

  test("can go by the time at which it was first seen", () => {
    const { subject } = clean();
    const seen = (text: string) => clean({ subject: { ...subject, firstSeenAt: at(text) } });
    expect(outcome(judge(`${rule}, since: firstSeen`, seen("2026-11-20T00:00:00Z")))).toEqual([]);
    expect(outcome(judge(`${rule}, since: firstSeen`, seen("2026-09-20T00:00:00Z")))).toEqual(["violated a|age"]);
  });
});
