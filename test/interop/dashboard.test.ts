import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildImage } from "../../functions/local/samples/image.ts";
import { endGate, gateFolder, type ImageView, type RunningGate, startGate, untilImage } from "../running/gate.ts";
import { insistOnPush } from "../running/push.ts";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const POLICY = `apiVersion: moorgate.dev/v1
kind: Policy
metadata: { name: pages }
mode: enforce
rules:
  - { id: no-critical-cve, rule: severity-threshold, atLeast: critical, level: enforce }
`;

let gate: RunningGate;
let browser: Browser;
let image: ImageView;
const shots = mkdtempSync(join(tmpdir(), "moorgate-pages-"));

beforeAll(async () => {
  gate = await startGate(gateFolder({ policy: POLICY }));
  const built = buildImage({
    platform: { os: "linux", architecture: "amd64" },
    created: "2026-01-01T00:00:00Z",
    files: [{ path: "name", content: "api" }],
    labels: {},
  });
  await insistOnPush({ address: () => gate.registry, repository: "shop/api", giveUpAt: Date.now() + 20_000 }, built, "1.0");
  image = await untilImage(gate, built.manifest.digest, "judged", ({ verdict }) => verdict !== "none");
  browser = await chromium.launch({ executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium", args: FLAGS });
});

afterAll(async () => {
  await browser?.close();
  if (gate !== undefined) await endGate(gate);
});

interface Seen {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Console errors, refused content, requests to anybody else. */
  readonly faults: string[];
}

async function open(options: Parameters<Browser["newContext"]>[0] = {}): Promise<Seen> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") faults.push(message.text());
  });
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("request", (request) => {
    if (!request.url().startsWith(gate.url)) faults.push(`asked for ${request.url()}`);
  });
  return { page, context, faults };
}

async function signIn(page: Page): Promise<void> {
  await page.goto(gate.url);
  await page.fill("#token", gate.token);
  await page.press("#token", "Enter");
  await page.waitForURL(`${gate.url}/`);
}

/** A browser shows a button before it gives it the focus that the page asks for. */
async function focused(page: Page, button: string): Promise<void> {
  await page.locator("button:focus", { hasText: button }).waitFor();
}

function pathOf({ registry, repository, digest }: ImageView): string {
  return `/images/${registry}/${repository}@${digest}`;
}

async function isHeld(): Promise<boolean> {
  return (await gate.images(`&q=digest:${image.digest}`))[0]?.held ?? false;
}

describe("in a real browser", () => {
  test("all pages show without an error, refused content or a request to anybody else, light and dark", async () => {
    for (const colorScheme of ["light", "dark"] as const) {
      const { page, context, faults } = await open({ colorScheme, viewport: { width: 1280, height: 860 } });
      await signIn(page);
      for (const [name, path] of [
        ["now", "/"],
        ["images", "/images?q=repo:shop/*"],
        ["image", pathOf(image)],
        ["audit", "/audit"],
      ] as const) {
        await page.goto(`${gate.url}${path}`);
        await page.screenshot({ path: join(shots, `${name}-${colorScheme}.png`), fullPage: true });
        expect(await page.locator("h1").count(), path).toBe(1);
        expect(await page.locator("main").count(), path).toBe(1);
      }
      expect(faults).toEqual([]);
      await context.close();
    }
  });

  test("the content policy is in force: an inline script that got into a page does not run", async () => {
    const { page, context, faults } = await open();
    await signIn(page);
    await page.evaluate(
      "{ const script = document.createElement('script'); script.textContent = 'document.title = \"broken in\"'; document.body.append(script); }",
    );
    expect(await page.title()).not.toBe("broken in");
    expect(faults.join()).toContain("Content Security Policy");
    await context.close();
  });

  test.each([true, false])(
    "an image is held with a reason, after its plan, and one button takes it back (with JavaScript: %s)",
    async (javaScriptEnabled) => {
      const { page, context, faults } = await open({ javaScriptEnabled });
      await signIn(page);
      await page.goto(`${gate.url}${pathOf(image)}`);
      await page.fill("#reason", "leaked key");
      await page.getByRole("button", { name: "Hold…" }).click();
      expect(await isHeld()).toBe(false);
      await page.screenshot({ path: join(shots, "plan.png"), fullPage: true });
      await page.getByRole("button", { name: "Hold it" }).click();
      await page.getByRole("button", { name: "Release…" }).waitFor();
      expect(await isHeld()).toBe(true);
      await page.screenshot({ path: join(shots, "held.png"), fullPage: true });
      await page.getByRole("button", { name: "Undo…", exact: true }).click();
      await page.getByRole("button", { name: "Undo it" }).click();
      await page.getByRole("heading", { name: "Undone: 1 of 1" }).waitFor();
      await page.screenshot({ path: join(shots, "undone.png"), fullPage: true });
      await page.goto(`${gate.url}${pathOf(image)}`);
      await page.getByRole("button", { name: "Hold…" }).waitFor();
      expect(await isHeld()).toBe(false);
      expect(await page.locator(".timeline").innerText()).toContain("leaked key");
      expect(faults).toEqual([]);
      await context.close();
    },
  );

  test("keys alone lead from the list to a hold", async () => {
    const { page, context } = await open();
    await signIn(page);
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement?.textContent")).toBe("Skip to content");
    await page.keyboard.press("/");
    await page.keyboard.type("shop");
    await page.keyboard.press("Enter");
    await page.waitForURL(/q=shop/);
    await page.keyboard.press("j");
    await page.keyboard.press("e");
    await page.waitForURL((url) => url.pathname === pathOf(image));
    await page.focus("#reason");
    await page.keyboard.type("by keys");
    await page.keyboard.press("Enter");
    await focused(page, "Hold it");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Release…" }).waitFor();
    expect(await isHeld()).toBe(true);
    await page.focus("#reason");
    await page.keyboard.type("by keys again");
    await page.keyboard.press("Enter");
    await focused(page, "Release it");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Hold…" }).waitFor();
    expect(await isHeld()).toBe(false);
    await context.close();
  });

  test("nothing is wider than a screen of 320 pixels", async () => {
    const { page, context } = await open({ viewport: { width: 320, height: 640 } });
    await signIn(page);
    for (const path of ["/", "/images", pathOf(image), "/audit", "/nothing"]) {
      await page.goto(`${gate.url}${path}`);
      await page.screenshot({ path: join(shots, `narrow${path.replaceAll(/\W/g, "-").slice(0, 20)}.png`), fullPage: true });
      expect(await page.evaluate("document.documentElement.scrollWidth"), path).toBeLessThanOrEqual(320);
    }
    await context.close();
  });

  test("a selected command is whole, although the eye sees a short digest", async () => {
    const { page, context } = await open();
    await signIn(page);
    await page.goto(`${gate.url}${pathOf(image)}`);
    const selected = await page.evaluate(
      "getSelection().selectAllChildren(document.querySelector('footer code')), getSelection().toString()",
    );
    expect(selected).toBe(`moorgate explain ${image.registry}/${image.repository}@${image.digest}`);
    await context.close();
  });

  test("signing out ends it", async () => {
    const { page, context } = await open();
    await signIn(page);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.locator("#token").waitFor();
    await page.goto(`${gate.url}/images`);
    expect(await page.locator("#token").count()).toBe(1);
    await context.close();
  });
});
