import { context, elementsIn, readDer, sequence } from "../der.ts";
import { readOid } from "../der-values.ts";
import type { Certificate } from "../x509.ts";

const AUTHORITY_ACCESS = "1.3.6.1.5.5.7.1.1";
const OCSP = "1.3.6.1.5.5.7.48.1";
const CRL_POINTS = "2.5.29.31";
const URI = context(6, false);
const PLACE = "certificate";
// Each of them is asked in turn, and certificates have one or two.
const MAX_ADDRESSES = 3;

/** Where to ask whether a certificate has been revoked; both empty: its issuer revokes nothing. @throws AdapterError malformed */
export function revocationAddresses(certificate: Certificate): { readonly ocsp: readonly string[]; readonly crl: readonly string[] } {
  return { ocsp: capped(responders(certificate)), crl: capped(lists(certificate)) };
}

function responders({ extensions }: Certificate): readonly string[] {
  const access = extensions.get(AUTHORITY_ACCESS);
  if (access === undefined) return [];
  return sequence(readDer(access.value, PLACE), PLACE).flatMap((description) => {
    const [method, location] = sequence(description, PLACE);
    return readOid(method, PLACE) === OCSP && location?.tag === URI ? [Buffer.from(location.content).toString("latin1")] : [];
  });
}

// RFC 5280, 4.2.1.13: a point has a name ([0]), which is full ([0]) and may be an address ([6]).
function lists({ extensions }: Certificate): readonly string[] {
  const points = extensions.get(CRL_POINTS);
  if (points === undefined) return [];
  return sequence(readDer(points.value, PLACE), PLACE).flatMap((point) =>
    inside(sequence(point, PLACE), context(0))
      .filter(({ tag }) => tag === context(0))
      .flatMap(({ content }) => elementsIn(content, PLACE))
      .filter(({ tag }) => tag === URI)
      .map(({ content }) => Buffer.from(content).toString("latin1")),
  );
}

function inside(elements: ReturnType<typeof sequence>, wanted: number): ReturnType<typeof sequence> {
  return elements.filter(({ tag }) => tag === wanted).flatMap(({ content }) => elementsIn(content, PLACE));
}

function capped(addresses: readonly string[]): readonly string[] {
  return addresses.slice(0, MAX_ADDRESSES);
}
