// The component "pdf-compare.gate": loads another page of this server, which can bring the user back to where he is.

export default function mount({ data: [data] }) {
  const here = location.pathname + location.search;
  location.assign(here === "/" ? data.to : `${data.to}?next=${encodeURIComponent(here)}`);
}
