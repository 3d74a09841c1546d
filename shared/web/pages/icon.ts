/** The tab's icon: the gate of the header, in a tone that shows on light and dark. */
export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 18 18"><path d="M2.5 16V3.5M15.5 16V3.5M6.8 16V6.5M11.2 16V6.5M1.5 5.5c4-3.6 11-3.6 15 0" fill="none" stroke="#6480e0" stroke-width="1.8" stroke-linecap="round"/></svg>`;
