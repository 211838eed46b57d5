// Where the focus goes when what had it is gone: the box to write in. On a touch screen it would open the keyboard.
export function focusMessage(): void {
  if (window.matchMedia('(hover: hover)').matches) document.getElementById('message')?.focus();
}
