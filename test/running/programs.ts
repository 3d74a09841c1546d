import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

/** Version to install, and how. A program that is missing is a failure that says this, never a reason to leave a test out. */
const INSTALL = {
  gpg: "apt-get install gpg gpg-agent",
  gpgconf: "apt-get install gpgconf",
  skopeo: "apt-get install skopeo",
  chromium: "apt-get install chromium",
  openssl: "apt-get install openssl",
  registry: "go install github.com/distribution/distribution/v3/cmd/registry@v3.1.2",
  crane: "go install github.com/google/go-containerregistry/cmd/crane@v0.22.1",
  regctl: "go install github.com/regclient/regclient/cmd/regctl@v0.11.7",
  cosign: "go install github.com/sigstore/cosign/v3/cmd/cosign@v3.1.3",
  notation: "go install github.com/notaryproject/notation/cmd/notation@v1.3.2",
  etcd: "go install go.etcd.io/etcd/server/v3@v3.6.5, and name it etcd",
  "kube-apiserver": "build cmd/kube-apiserver of k8s.io/kubernetes v1.34.2",
  "cfn-lint": "pip install cfn-lint==1.51.0",
  "dynamodb-local": "unpack DynamoDB Local 2.6.1 of docs.aws.amazon.com, and name what starts it with Java 17 or later dynamodb-local",
  moto_server: "python3 -m venv moto && moto/bin/pip install 'moto[server]==5.2.5'",
} as const;
export type Program = keyof typeof INSTALL;

/** Path of a program, on PATH or in the folder that the continuous integration installs into. */
export function findProgram(name: Program): string {
  const cache = join(process.env["MOORGATE_PEERS"] ?? join(homedir(), ".cache/moorgate-peers"), "bin");
  const places = [...(process.env["PATH"] ?? "").split(delimiter), cache].map((folder) => join(folder, name));
  const found = places.find(isExecutable);
  if (found === undefined) throw new Error(`${name} is not installed: ${INSTALL[name]}`);
  return found;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly withinMs?: number;
}

/** Runs to the end and gives what it printed, whatever its exit code. */
export function tryRun(command: string, args: readonly string[], { cwd, env, withinMs = 60_000 }: RunOptions = {}): Promise<Ended> {
  const options = { cwd, env: { ...process.env, ...env }, timeout: withinMs, maxBuffer: 16 * 1024 * 1024, encoding: "utf8" as const };
  return new Promise((resolve) => {
    const child = execFile(command, args, options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : codeOf(error), stdout, stderr }),
    );
    child.stdin?.end();
  });
}

function codeOf(error: Error): number {
  return "code" in error && typeof error.code === "number" ? error.code : -1;
}

/** Runs to the end; an exit code other than 0 is an error that carries what was printed. */
export async function run(program: Program, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await tryRun(findProgram(program), args, options);
  if (code !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${code}:\n${stdout}${stderr}`);
  return stdout;
}
