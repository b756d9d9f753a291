// While something is under way the page looks again by itself, ever less often, and stops when nobody is looking.

const main = document.querySelector("[data-under-way]");
let pause = 1500;

async function look() {
  if (!document.hidden) {
    try {
      const answer = await fetch(main.dataset.underWay, { headers: { Accept: "application/json" }, redirect: "error" });
      const now = await answer.json();
      if (answer.ok && `${now.version}-${now.owed}` !== main.dataset.version) {
        // not reload(): a page that answered a form would ask whether to send it again
        location.replace(main.dataset.underWay.replace(/\/state$/, ""));
        return;
      }
    } catch {
      // no connection just now
    }
    pause = Math.min(pause * 1.4, 15000);
  }
  setTimeout(look, pause);
}

if (main) setTimeout(look, pause);
