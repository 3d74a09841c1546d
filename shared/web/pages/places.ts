import type { Instant } from "../../domain/time.ts";
import type { PlaceStatus } from "../../ports/usage-desk.ts";
import { type Html, html } from "./html.ts";
import { agoOrNever } from "./parts.ts";

/** Where images run, as far as it is told; nothing where nobody tells. */
export function placeSection(places: readonly PlaceStatus[], now: Instant): Html {
  if (places.length === 0) return html``;
  return html`<section aria-labelledby="places"><div class="section-head"><h2 id="places">Where images run</h2><p>What runs is not cut off. Whoever is silent counts as running everything.</p></div>
<div class="panel"><table><caption class="sr">Places that report what they run</caption>
<thead><tr><th scope="col">Place</th><th scope="col">State</th><th scope="col" class="wide">Images</th><th scope="col" class="wide">Without a digest</th><th scope="col" class="end">Last report</th></tr></thead>
<tbody>${places.map(
    (place) =>
      html`<tr><th scope="row"><span class="name">${place.name}</span></th><td>${stateOf(place)}</td><td class="wide">${place.images}</td><td class="wide">${place.unmatched}</td><td class="end">${agoOrNever(place.seenAt, now)}</td></tr>`,
  )}</tbody></table></div></section>`;
}

function stateOf({ isSilent, maxAge }: PlaceStatus): string {
  if (isSilent) return "silent";
  return maxAge === undefined ? "not expected any more" : "reports";
}
