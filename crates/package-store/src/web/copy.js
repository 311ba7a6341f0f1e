"use strict";
(function () {
  // Away from HTTPS and localhost there is no clipboard; then a selection is copied the old way.
  async function copy(text) {
    if (navigator.clipboard) {
      return navigator.clipboard.writeText(text);
    }
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const copied = document.execCommand("copy");
    area.remove();
    if (!copied) {
      throw new Error("refused");
    }
  }
  for (const button of document.querySelectorAll("button.copy")) {
    button.hidden = false;
    button.addEventListener("click", async function () {
      try {
        await copy(button.dataset.copy);
        button.textContent = "Copied";
        button.classList.add("done");
      } catch {
        button.textContent = "Select and copy";
      }
      setTimeout(function () {
        button.textContent = "Copy";
        button.classList.remove("done");
      }, 1500);
    });
  }
})();
