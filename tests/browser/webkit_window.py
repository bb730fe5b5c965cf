#!/usr/bin/python3
"""A window of WebKit, the engine of every browser on an iPhone, whose profile outlives it.

WebKitWebDriver starts it, in the system's Python, because that one has the bindings of GTK. WebKit's own MiniBrowser
keeps no profile when it is driven.
"""

import os

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("WebKit2", "4.1")
from gi.repository import Gtk, WebKit2  # noqa: E402

PROFILE = os.environ["LEGWORK_TEST_PROFILE"]
LACKS = os.environ["LEGWORK_TEST_LACKS"].split()
WIDTH, HEIGHT = (int(pixels) for pixels in os.environ["LEGWORK_TEST_SIZE"].split("x"))


def main() -> None:
    manager = WebKit2.WebsiteDataManager(
        base_data_directory=f"{PROFILE}/data", base_cache_directory=f"{PROFILE}/cache"
    )
    manager.get_cookie_manager().set_persistent_storage(
        f"{PROFILE}/cookies.sqlite", WebKit2.CookiePersistentStorage.SQLITE
    )
    context = WebKit2.WebContext(website_data_manager=manager)
    context.set_preferred_languages(["en-US"])
    context.set_automation_allowed(True)
    context.connect("automation-started", start)
    Gtk.main()


def start(context: WebKit2.WebContext, session: WebKit2.AutomationSession) -> None:
    told = WebKit2.ApplicationInfo()
    told.set_name("webkit")
    session.set_application_info(told)
    session.connect("create-web-view", lambda _: show(context))


def show(context: WebKit2.WebContext) -> WebKit2.WebView:
    view = WebKit2.WebView(web_context=context, is_controlled_by_automation=True)
    view.get_settings().set_enable_write_console_messages_to_stdout(True)
    give_microphone(view)
    grow_older(view)
    # A popup, because there is no window manager to give a window its size.
    window = Gtk.Window(type=Gtk.WindowType.POPUP)
    window.set_default_size(WIDTH, HEIGHT)
    window.add(view)
    window.show_all()
    return view


def give_microphone(view: WebKit2.WebView) -> None:
    """Gives pages a microphone that whistles."""
    view.get_settings().set_enable_media_stream(True)
    view.get_settings().set_enable_mock_capture_devices(True)
    view.connect("permission-request", allow_microphone)


def allow_microphone(_: WebKit2.WebView, asked: WebKit2.PermissionRequest) -> bool:
    """False for any other permission: the default answer stands."""
    if not isinstance(asked, WebKit2.UserMediaPermissionRequest):
        return False
    asked.allow()
    return True


def grow_older(view: WebKit2.WebView) -> None:
    """Takes away what an older WebKit lacks: features of the engine by name, members of JavaScript by their path."""
    features = WebKit2.Settings.get_all_features()
    known = {one.get_identifier(): one for one in map(features.get, range(features.get_length()))}
    for name in LACKS:
        if name in known:
            view.get_settings().set_feature_enabled(known[name], False)
            continue
        everywhere, at_start = (
            WebKit2.UserContentInjectedFrames.ALL_FRAMES,
            WebKit2.UserScriptInjectionTime.START,
        )
        script = WebKit2.UserScript(f"delete {name}", everywhere, at_start)
        view.get_user_content_manager().add_script(script)


if __name__ == "__main__":
    main()
