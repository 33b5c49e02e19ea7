/* Before the first paint: ?theme=dark|light, else what the system prefers. */
(() => {
  const asked = new URLSearchParams(location.search).get("theme");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const paint = () => {
    const theme = asked === "dark" || asked === "light" ? asked : dark.matches ? "dark" : "light";
    document.documentElement.className = theme;
  };
  dark.addEventListener("change", paint);
  paint();
})();
