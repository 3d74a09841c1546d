import { expect, test } from "vitest";
import { isInternalAddress, isPublicAddress } from "../../../shared/runtime/public-address.ts";

test.each([
  "127.0.0.1",
  "127.8.8.8",
  "0.0.0.0",
  "10.0.0.1",
  "172.16.0.1",
  "172.31.255.255",
  "192.168.1.1",
  "169.254.169.254",
  "100.64.0.1",
  "100.100.100.200",
  "168.63.129.16",
  "192.0.0.192",
  "198.18.0.1",
  "224.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "::ffff:169.254.169.254",
  "::ffff:8.8.8.8",
  "fe80::1",
  "fe80::1%eth0",
  "fc00::1",
  "fd00:ec2::254",
  "ff02::1",
  "64:ff9b::a9fe:a9fe",
  "2002:7f00:1::",
  "2001:db8::1",
  "2001::1",
  "localhost",
  "",
  "1.1.1",
  "8.8.8.8.8",
  "0x7f.1",
  "2130706433",
])("%s is not a host of the public internet", (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

test.each(["1.1.1.1", "8.8.8.8", "172.32.0.1", "100.128.0.1", "169.253.0.1", "2606:4700::1111", "2a00:1450:4001::1"])(
  "%s is one",
  (address) => {
    expect(isPublicAddress(address)).toBe(true);
  },
);

test.each(["10.0.0.1", "172.16.0.1", "192.168.1.1", "127.0.0.1", "100.64.0.1", "::1", "fc00::1", "fd12:3456::1"])(
  "%s is a host of an own network",
  (address) => {
    expect(isInternalAddress(address)).toBe(true);
  },
);

test.each([
  "169.254.169.254",
  "168.63.129.16",
  "100.100.100.200",
  "fd00:ec2::254",
  "fd20:ce::254",
  "fe80::1",
  "fc00::1%eth0",
  "::ffff:169.254.169.254",
  "0.0.0.0",
  "::",
  "224.0.0.1",
  "8.8.8.8",
  "2606:4700::1111",
  "localhost",
])("%s is none", (address) => {
  expect(isInternalAddress(address)).toBe(false);
});
