// How Firefox starts for a borrower: our pages first, nothing to click away.
user_pref("browser.startup.page", 1);
user_pref("browser.startup.homepage", "file:///home/borrower/Welcome/index.html");
user_pref("browser.places.importBookmarksHTML", true);
user_pref("browser.bookmarks.file", "/home/borrower/.mozilla/firefox/borrower/bookmarks.html");
user_pref("browser.toolbars.bookmarks.visibility", "always");
user_pref("browser.aboutwelcome.enabled", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("toolkit.telemetry.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
// Larger words and pictures on every page.
user_pref("layout.css.devPixelsPerPx", "1.25");
// The tablet goes to somebody else: nothing is kept for the next time.
user_pref("signon.rememberSignons", false);
user_pref("extensions.formautofill.addresses.enabled", false);
user_pref("extensions.formautofill.creditCards.enabled", false);
