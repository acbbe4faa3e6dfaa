/* The emulator's lightbox: P.init(processUrl, {opacity}), P.on("response" | "close", callback). */
(function () {
  "use strict";
  var listeners = { response: [], close: [] };
  var overlay = null, frame = null, origin = "", scroll = "";

  function tell(event, content) {
    listeners[event].forEach(function (callback) { callback(content); });
  }

  function close() {
    if (!overlay) return;
    var closing = overlay;
    overlay = frame = null;
    window.removeEventListener("message", hear);
    document.documentElement.style.overflow = scroll;
    closing.close();  // gives the focus back
    closing.remove();
    tell("close");
  }

  function mayOpen(url) {
    try {
      return !/^(javascript|data|vbscript|blob|filesystem|about):$/.test(new URL(url).protocol);
    } catch (error) {
      return false;
    }
  }

  function hear(event) {
    if (!frame || event.source !== frame.contentWindow || event.origin !== origin) return;
    var message = event.data;
    if (!message || typeof message !== "object") return;
    if (message.type === "placetopay-lightbox:response") tell("response", message.response);
    if (message.type === "placetopay-lightbox:close") close();
    if (message.type === "placetopay-lightbox:redirect") {
      var handled = listeners.response.length > 0;
      close();
      if (!handled && mayOpen(message.url)) window.location.assign(message.url);
    }
  }

  function style(element, properties) {
    for (var name in properties) element.style[name] = properties[name];
    return element;
  }

  function init(processUrl, options) {
    var opacity = Number(options && options.opacity);
    if (!(opacity >= 0 && opacity <= 1)) opacity = 0.6;
    close();
    var target = new URL(processUrl, window.location.href);
    if (!/^https?:$/.test(target.protocol)) throw new TypeError("processUrl: http or https only");
    if (window.self !== window.top) {
      var redirect = { type: "placetopay-lightbox:redirect", url: processUrl };
      window.parent.postMessage(redirect, "*");
    }
    origin = target.origin;
    overlay = style(document.createElement("dialog"), {
      position: "fixed", inset: "0", boxSizing: "border-box", width: "100vw", height: "100dvh",
      maxWidth: "none", maxHeight: "none", margin: "0", padding: "0", border: "0",
      display: "grid", placeItems: "center", background: "rgba(8, 14, 24, " + opacity + ")"
    });
    overlay.setAttribute("aria-label", "Placetopay");
    overlay.addEventListener("cancel", function (event) { event.preventDefault(); close(); });
    frame = style(document.createElement("iframe"), {
      width: "min(560px, 100vw)", height: "min(860px, 100dvh)", border: "0",
      borderRadius: window.innerWidth > 600 ? "16px" : "0", background: "#fff"
    });
    frame.title = "Placetopay";
    frame.src = target.href;
    frame.addEventListener("load", function () {
      if (frame) {
        frame.focus();
        frame.contentWindow.postMessage({ type: "placetopay-lightbox:hello" }, origin);
      }
    });
    var button = style(document.createElement("button"), {
      position: "absolute", top: "10px", right: "10px", width: "44px", height: "44px",
      border: "0", borderRadius: "50%", background: "#fff", color: "#16202e",
      font: "24px/1 system-ui, sans-serif", cursor: "pointer", boxShadow: "0 2px 10px #0005"
    });
    button.type = "button";
    button.textContent = "\u00d7";
    button.setAttribute("aria-label", "Cerrar / Close / Fechar");
    button.addEventListener("click", close);
    overlay.append(frame, button);
    scroll = document.documentElement.style.overflow;
    document.documentElement.style.overflow = "hidden";
    window.addEventListener("message", hear);
    document.body.append(overlay);
    overlay.showModal();
  }

  function on(event, callback) {
    if (listeners[event] && typeof callback === "function") listeners[event].push(callback);
  }

  window.P = { init: init, on: on, close: close };
})();
