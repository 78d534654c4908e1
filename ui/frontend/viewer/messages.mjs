// Messages in the language of the reader. English stands in the source and is the key; another language is a catalogue
// beside this module, of which a text that is missing is shown in English.

const CATALOGUES = { de: () => import("./de.mjs") };
const COOKIE = /(?:^|;\s*)pdf_compare_language=([a-z]{2})\b/;

// What was chosen in the page, else the first of the browser's languages that there is.
function chosen() {
  const wanted = [document.cookie.match(COOKIE)?.[1], ...(navigator.languages ?? [])];
  return wanted.map((one) => one?.slice(0, 2)).find((one) => one === "en" || one in CATALOGUES) ?? "en";
}

export const LANGUAGES = { en: "English", de: "Deutsch" };
export const language = chosen();
export const calendar = { en: "en-GB" }[language] ?? language; // in which days are written
const catalogue = language in CATALOGUES ? (await CATALOGUES[language]()).default : {};

// t`${n} of ${all} pages`: the key is "{0} of {1} pages". In a catalogue `{0:one|other}` is `one` where the value is 1 or
// "old", else `other`.
export function t(parts, ...values) {
  const key = parts.reduce((all, part, k) => `${all}{${k - 1}}${part}`);
  return filled(catalogue[key] ?? key, values);
}

// A word that is only known when it is met, of the engine's own vocabulary; one that no catalogue has stays as it is.
export const word = (key) => (Object.hasOwn(catalogue, key) ? catalogue[key] : key);

const filled = (text, values) =>
  text.replace(/\{(\d+)(?::([^|}]*)\|([^}]*))?\}/g, (_, k, one, more) => {
    const value = String(values[k]);
    if (one === undefined) return value;
    return value === "1" || value === "old" ? one : more;
  });
