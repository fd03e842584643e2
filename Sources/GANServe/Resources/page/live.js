// Keeps the parts of a page that are marked as live as the server draws them now.

const interval = 2000;

/** Replaces each live part that has changed; tells others what was replaced. */
async function refresh() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-live]")) {
    const other = fresh.getElementById(part.id);
    if (!other || other.innerHTML === part.dataset.seen) continue;
    part.dataset.seen = other.innerHTML;
    const event = new CustomEvent("renewed", { cancelable: true, detail: other });
    if (part.dispatchEvent(event)) part.innerHTML = other.innerHTML;
  }
}

async function loop() {
  if (!document.hidden) await refresh().catch(() => {});
  setTimeout(loop, interval);
}

for (const part of document.querySelectorAll("[data-live]")) part.dataset.seen = part.innerHTML;
setTimeout(loop, interval);
