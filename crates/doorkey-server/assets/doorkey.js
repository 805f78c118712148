// Adds a copy button to what is there to be copied. Without it, the field can be selected and copied by hand.
for (const field of document.querySelectorAll("[data-copy]")) {
  const button = document.createElement("button");
  const said = document.createElement("span");
  button.type = "button";
  button.className = "copy";
  button.textContent = field.dataset.copy;
  said.className = "only-heard";
  said.setAttribute("role", "status");
  button.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      // Over plain http the clipboard is closed to pages; the old way isn't.
      if (!document.execCommand("copy")) return;
    }
    button.textContent = "Copied";
    said.textContent = "Copied";
    setTimeout(() => {
      button.textContent = field.dataset.copy;
      said.textContent = "";
    }, 4000);
  });
  field.addEventListener("focus", () => field.select());
  field.after(button, said);
}
