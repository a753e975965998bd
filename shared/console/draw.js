// Has the page drawn again, once a frame however many ask for it.

let render = () => {};
let asked = false;

export function onDraw(how) {
  render = how;
}

export function redraw() {
  if (asked) return;
  asked = true;
  // A hidden tab has no frames: it is drawn when somebody looks at it.
  requestAnimationFrame(() => {
    asked = false;
    render();
  });
}
