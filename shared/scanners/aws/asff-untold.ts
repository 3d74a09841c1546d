import { cvesIn } from "../../domain/cve.ts";
import { type AsffFinding, type AsffPackage, type AsffVulnerability, NAMELESS, UNTOLD } from "./asff-schema.ts";

type Other = NonNullable<NonNullable<AsffFinding["Resources"][number]["Details"]>["Other"]>;

/** The vulnerability of a finding that lists none: what it tells of it elsewhere, and the one that its names tell, if they tell one. */
export function untold({ Id, Title, Resources }: AsffFinding): AsffVulnerability {
  const [cve, ...others] = cvesIn(`${Id ?? ""} ${Title ?? ""}`);
  const named = { ...UNTOLD, Id: others.length === 0 ? cve : undefined };
  const other = Resources.map(({ Details }) => Details?.Other).find((each) => each?.["CVE ID"]);
  return other ? { ...named, Id: other["CVE ID"], VulnerablePackages: [packageIn(other)], Cvss: scoresIn(other) } : named;
}

/** Where the package has no place of its own its name stands before the versions. */
function packageIn({ PkgName, "Installed Package": installed, "Patched Package": patched }: Other): AsffPackage {
  const whole = installed?.trim() ?? "";
  const name = PkgName?.trim() || whole.slice(0, Math.max(0, whole.indexOf(" ")));
  return { ...NAMELESS, Name: name, Version: without(name, whole), FixedInVersion: without(name, patched?.trim() ?? "") };
}

function without(name: string, given: string): string {
  if (given === name) return "";
  return given.startsWith(`${name} `) ? given.slice(name.length).trim() : given;
}

/** A score of 0 stands where there is none. */
function scoresIn({ NvdCvssScoreV3, NvdCvssVectorV3, NvdCvssScoreV2, NvdCvssVectorV2 }: Other): AsffVulnerability["Cvss"] {
  return [
    { Source: "NVD", Version: "3.1", BaseScore: NvdCvssScoreV3 || null, BaseVector: NvdCvssVectorV3 },
    { Source: "NVD", Version: "2.0", BaseScore: NvdCvssScoreV2 || null, BaseVector: NvdCvssVectorV2 },
  ];
}
