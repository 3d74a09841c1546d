import { BlockList, isIPv4, isIPv6 } from "node:net";

// IANA special-purpose registries: everything that is not a host of the public internet, and what carries such an address inside.
const NOT_PUBLIC = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.31.196.0/24",
  "192.52.193.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "192.175.48.0/24",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/3",
] as const;
// Inside 2000::/3: Teredo and protocol assignments, documentation, 6to4.
const NOT_PUBLIC_V6 = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"] as const;
// Azure's platform address is public by number and answers inside every virtual machine only.
const PLATFORM = ["168.63.129.16/32"] as const;

const blocked4 = list([...NOT_PUBLIC, ...PLATFORM], "ipv4");
const blocked6 = list(NOT_PUBLIC_V6, "ipv6");
const global6 = list(["2000::/3"], "ipv6");

/** Whether an IP address (without brackets) is a host of the public internet: not this machine, a private network or a cloud's metadata service. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !blocked4.check(address, "ipv4");
  if (!isIPv6(address) || address.includes("%")) return false;
  return global6.check(address, "ipv6") && !blocked6.check(address, "ipv6");
}

// What organizations give to their own machines (RFC 1918, 4193, 6598), and this machine.
const INTERNAL = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8"] as const;
const INTERNAL_V6 = ["fc00::/7", "::1/128"] as const;
// Metadata services inside of those: of Alibaba Cloud, AWS and Google Cloud.
const METADATA = ["100.100.100.200/32"] as const;
const METADATA_V6 = ["fd00:ec2::/32", "fd20:ce::/32"] as const;

const internal4 = list(INTERNAL, "ipv4");
const internal6 = list(INTERNAL_V6, "ipv6");
const metadata4 = list(METADATA, "ipv4");
const metadata6 = list(METADATA_V6, "ipv6");

/** Whether an IP address (without brackets) is a host of an own network or this machine, and no cloud's metadata service. */
export function isInternalAddress(address: string): boolean {
  if (isIPv4(address)) return internal4.check(address, "ipv4") && !metadata4.check(address, "ipv4");
  if (!isIPv6(address) || address.includes("%")) return false;
  return internal6.check(address, "ipv6") && !metadata6.check(address, "ipv6");
}

function list(subnets: readonly string[], family: "ipv4" | "ipv6"): BlockList {
  const found = new BlockList();
  for (const subnet of subnets) {
    const [network = "", prefix = ""] = subnet.split("/");
    found.addSubnet(network, Number(prefix), family);
  }
  return found;
}
