// The pages work without this: it adds what GOV.UK Frontend adds (focus on the error summary,
// show password, counting characters). It is a file of its own because the pages allow no
// inline script.
import { initAll, isSupported } from "./govuk-frontend.min.js";

document.body.classList.add("js-enabled", "govuk-frontend-supported");
if (isSupported()) {
  initAll({ button: { preventDoubleClick: true } });
}

// On a phone the filters would push the list below the fold, so they start closed there.
if (window.matchMedia("(max-width: 63.99em)").matches) {
  for (const filter of document.querySelectorAll("details.app-filter")) {
    filter.open = false;
  }
}

// A passkey is made or used by the browser: its answer goes into the form. Without this, or in an
// old browser, a code is entered instead.
for (const asks of document.querySelectorAll("[data-passkey]")) {
  const reads = asks.dataset.passkey === "make" ? "parseCreationOptionsFromJSON" : "parseRequestOptionsFromJSON";
  if (!window.PublicKeyCredential || !PublicKeyCredential[reads]) {
    continue;
  }
  asks.hidden = false;
  const button = asks.querySelector("button");
  const told = asks.querySelector("[role=status]");
  button.addEventListener("click", async () => {
    const publicKey = PublicKeyCredential[reads](JSON.parse(asks.dataset.options));
    try {
      const made = asks.dataset.passkey === "make"
        ? await navigator.credentials.create({ publicKey })
        : await navigator.credentials.get({ publicKey });
      const form = document.getElementById(asks.dataset.form);
      form.elements.passkey.value = JSON.stringify(made.toJSON());
      form.submit();
    } catch {
      told.textContent = asks.dataset.failed;
    }
  });
}

// Work that goes on elsewhere: the page is asked for again until it is done. Without this a link
// on the page does the same.
for (const work of document.querySelectorAll("[data-refresh-seconds]")) {
  window.setTimeout(() => window.location.reload(), Number(work.dataset.refreshSeconds) * 1000);
}

// A page that answers a form, an error above all, stands in the history as something to be sent
// again. Now it stands there as a page to be opened: the way back asks nothing.
window.history.replaceState(window.history.state, "", window.location.href);

// What is typed in a long form is kept as it goes. Without this a button of the form does it.
for (const note of document.querySelectorAll("[data-keeps]")) {
  const form = document.getElementById(note.dataset.form);
  let kept = new URLSearchParams(new FormData(form)).toString();
  window.setInterval(async () => {
    const typed = new URLSearchParams(new FormData(form));
    if (typed.toString() === kept) {
      return;
    }
    const answer = await fetch(note.dataset.keeps, {
      method: "POST",
      body: typed,
      redirect: "manual",
    }).catch(() => null);
    if (answer) {
      kept = typed.toString();
      note.textContent = `Kept at ${new Date().toTimeString().slice(0, 5)}`;
    }
  }, 5000);
}
