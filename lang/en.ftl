# English. Short, spoken, kind; reading age 9 to 11. Say what to do with the
# hands. Never a code, never blame, never a promise that is not kept yet.
# A refusal is a sentence and, under the same id with -next, the next step.

## The language itself
language-name = English

## Buttons that are on many screens
button-read-to-me = Read to me
button-stop-reading = Stop reading
button-bigger = Bigger
button-usual-size = Smaller
button-stop = Stop
button-finish = Finish
button-continue = Continue
button-try-again = Try again
button-yes = Yes
button-no = No
button-change = Change
button-undo = Undo
button-more-time = I need more time
button-call-staff = Call staff
button-it-will-not-scan = It will not scan. Call staff.
button-type-number = Type its number
button-rub-out = Rub out

## First screen
first-headline = Hello. What would you like to do?
first-borrow = Borrow a tablet
first-borrow-detail = It is free.
first-bring-back = Bring a tablet back
first-bring-back-detail = Just show us the sticker.
first-no-card = No card?
first-no-card-detail = Ask us. We can still help.
first-keep-longer = Keep it longer
first-keep-longer-detail = Ask for more time.
first-help = I need help
first-help-detail = Somebody will come.

## The bar across the top
header-connected = Connected
header-away = Not connected
header-borrow = Borrow a tablet
header-bring-back = Bring a tablet back
header-check-out = Check out
header-return = Return
header-staff = At the desk
header-count = Count the shelf
header-box = A box came
header-help = Help

## Steps of a return, and of a check out at the desk
step-show-sticker = Show the sticker
step-save-things = Save your things
step-all-done = All done
step-card = Scan the card
step-tablet = Scan the tablet
step-hand-over = Hand over
step-check-bag = Check the bag

## Scanning
scan-lay-tablet = Lay the tablet on the shelf, sticker up.
scan-next-tablet = Scan the tablet they will borrow.
scan-back-tablet = Scan the tablet that came back.
scan-badge = Show your badge to the camera.
scan-nothing-yet = I cannot see a sticker yet.
scan-turn-over = Turn it over. Move it back a little.
scan-hold-still = I can see it. Hold it still.
scan-found = Got it.
scan-picture = What the camera sees

## Before a return by a borrower
goodbye-headline = Photos and messages on it will be gone for good.
goodbye-question = Have you saved what you want?
goodbye-ready = Yes, I am ready
goodbye-save = Help me save them

## A return is taken
returned-headline = Thank you. We have it. You can go now.
returned-clear = We will clear this tablet before anyone else can have it.
returned-plug-in = Plug it in: it cannot be cleaned without power.
returned-sign-out = Still signed in to e-mail or a bank on it? We can show you how to sign out.
returned-show-me = Show me
returned-kept = We will tell the other libraries as soon as we can.

## Save photos and sign out first
save-headline = Let us save them first.
save-line = Keep the tablet for now. Somebody will show you how.
sign-out-headline = We can show you how to sign out.
sign-out-line = Ask at the desk. You can do it from any computer or phone.

## We cannot do this here
refer-headline = We cannot do this here, but we can help.
refer-coming = Somebody is coming.
refer-no-blame = You have done nothing wrong.
refer-borrow-headline = Somebody will help you borrow a tablet.
refer-keep-headline = Somebody will help you keep it longer.
refer-help-headline = Somebody is coming to help.
refer-ask-desk = If nobody comes, please ask at the desk.

## Questions and waiting
still-there-headline = Are you still there?
still-there-line = We will go back to the start soon.
wait-headline = One moment, please.
wait-line = We are writing it down.
wait-card = We are looking up the card.
wait-lending-headline = Nothing is lent yet.
wait-lending-line = We are waiting for an answer. Do not hand it over yet.
still-got-it = Somebody has told us this tablet is back. Have you still got it?
still-got-it-yes = Yes, I have it
still-got-it-no = No
still-got-it-kept = Thank you. It stays with you. Nothing on it is cleared.
still-got-it-kept-next = We will put our list right.

## Find a borrower by card
find-headline = Whose card is it?
find-hint = Scan the card, or type its number.
find-field = Card number
find-go = Find
borrower = Borrower
borrower-card-ends = Card ends { $digits }.
borrower-nothing-on-loan = Nothing on loan.
borrower-on-loan = { $count ->
    [one] One tablet on loan.
   *[other] { $count } tablets on loan.
  }
borrower-techmate-yes = TechMate: yes
borrower-techmate-no = TechMate: not now

## Type a tablet's number
number-headline = Type the number on the sticker.
number-hint = It is under the square pattern.
number-field = Tablet number
number-go = Tell us
number-thanks = Thank you. We have made a note.

## Hand over
tablet = Tablet
tablet-cleared-today = Clean. Checked today { $clock }.
tablet-cleared-on = Clean. Checked { $day } { $month }.
tablet-reported-today = Reported clean today { $clock }.
tablet-reported-on = Reported clean { $day } { $month }.
tablet-rests-on-itself = It proved its own reset.
tablet-rests-on-manager = Its device manager reported it.
tablet-rests-on-person = A member of staff checked it.
tablet-by-override = Allowed by { $operator }: { $reason }
due-back = Due back
due-today = today
hand-over = Hand over
hand-over-not-right = Not right
hand-over-done = It is theirs until { $day }.
hand-over-done-next = Give them the tablet, the charger and the bag.
not-right-headline = Nothing has been lent.
not-right-line = Put the tablet back and start again.

## Lend a tablet that a rule holds back
lend-anyway = Lend it anyway
lend-anyway-headline = Why is it lent all the same?
lend-anyway-not-clean = It may not be clean or whole: somebody else's things may be on it.
lend-anyway-put-aside = Somebody was promised this one. They will wait for another.
lend-anyway-out-of-date = What is on it is out of date, and may not be safe.
lend-anyway-kept = We keep your name. The tablet shows the reason.
lend-anyway-urgent = They would be cut off from help without it
lend-anyway-reset-by-hand = I cleared it by hand and saw it empty
lend-anyway-holder-agreed = The person who waits has agreed
lend-anyway-team-decided = The digital team said so
lend-anyway-not = Take another tablet

## Undo what was just done
undoing-headline = Nothing is undone yet.
undoing-line = Keep the tablet here until we have an answer.
undoing-away = We ask as soon as we are connected.
undone-lent = Tablet { $number } is not lent any more.
undone-lent-next = Take it back in your hand. Then start its reset from the tray.
undone-back = Tablet { $number } is on loan again.
undone-back-next = Give it back to the person who had it. Nothing on it is cleared.

## The kit
kit-tablet = tablet
kit-charger = charger
kit-cable = cable
kit-case = case
kit-bag = bag
kit-guide = guide
kit-stylus = pen
kit-headset = headset
kit-keyboard = keyboard
kit-part-here = { $part }: here
kit-part-missing = { $part }: missing

## A return at the desk
return-headline = Is everything here?
return-hint = Tap what is missing.
return-all-here = All here, looks fine
return-some-missing = Take it back, { $part } missing
return-more-missing = Take it back, { $count } parts missing
return-damaged = Damaged
return-damaged-go = Take it back, damaged
return-damaged-missing = Take it back, damaged and parts missing
return-done = Tablet { $tablet } is back.
return-done-reset = Its reset starts when it next comes online. Plug it in.
return-put-aside-for = Put aside for { $initials }
return-put-aside-next = Put aside for the next in the queue.
return-put-aside-until = Put it on the shelf with their slip. Keep until { $day }.
return-put-aside-keep = Put it on the shelf. Lend it to nobody else.
return-done-offline = Its reset is asked for as soon as we are connected. Plug it in.

## A staff session
staff-headline = Hello, { $operator }.
staff-check-out = Check out
staff-check-out-detail = Card, then tablet.
staff-return = Return
staff-return-detail = Scan the tablet.
staff-box = A box came
staff-count = Count the shelf
staff-sign-out = Sign out
staff-tray = In the tray
staff-tray-hint = Take it in your hand, or scan its screen.
staff-tray-empty = Nothing waits for a reset.
staff-tray-start = Start now
staff-tray-more = { $count } more
staff-since-minutes = { $count ->
    [one] 1 minute ago
   *[other] { $count } minutes ago
  }
staff-since-hours = { $count ->
    [one] 1 hour ago
   *[other] { $count } hours ago
  }
staff-since-days = { $count ->
    [one] 1 day ago
   *[other] { $count } days ago
  }
staff-reset-ordered = Asked for. Plug it in.
staff-signed-out = You are signed out.
staff-time-up = Signed out, to keep things safe.

## One tablet after the other: a shelf is counted, a box is unpacked
sweep-shelf = Scan each tablet on the shelf.
sweep-box = Take each tablet out and scan it.
sweep-found = { $number } is here.
sweep-again = { $number } was scanned before.
sweep-unexpected = { $number } should be somewhere else. It is noted.
sweep-here-already = { $number } was here already. Nothing is noted.
sweep-to-return = { $number } came in no box. Scan it as a return.
sweep-count-found = Found
sweep-count-missing = To find
sweep-count-unexpected = Not expected
sweep-more = and { $count } more
sweep-over = That is all
sweep-short = { $count ->
    [one] One tablet was not scanned.
   *[other] { $count } tablets were not scanned.
  }
sweep-short-shelf = If they are not here, we mark them as missing.
sweep-short-box = If they were not in the box, we mark them as missing.
sweep-look-again = Look once more
sweep-report-missing = They are not here
sweep-shelf-done = The shelf is counted.
sweep-box-done = The box is unpacked.
sweep-done-next = The fleet page will show it.
sweep-done-away = We pass it on as soon as we are connected.

## Answers that came after the screen was left
news-on-loan = Tablet { $number } is on loan now.
news-on-loan-next = The answer came late. If they went without it, return it.
news-not-lent = Tablet { $number } was not lent.
news-undone = Tablet { $number }: what you did is undone.
news-undone-next = Look at it once more before you hand it to anybody.
news-not-undone = Tablet { $number }: it was not undone.
news-not-counted = The count was not taken.
news-not-taken = What we noted about tablet { $number } was not taken.
# The server was set back, or its log was changed.
news-log-denied = The server has lost some of what it knew.
news-log-denied-next = Ring the digital team and tell them so. You can go on lending and taking back.

## People's words for the state of a tablet
state-retired = Retired
state-given-away = Given away
state-lost = Lost
state-missing = Missing
state-on-loan = On loan
state-travelling = Travelling
state-needs-attention = Needs attention
state-resetting = Resetting
state-back-not-yet-reset = Back, not yet reset
# Of a tablet of which a later server says what this kiosk cannot read.
state-unread = Update this kiosk
state-put-aside = Put aside
state-ready = Ready

## Refusals: the tag
refusal-unknown-tag = This looks like one of ours, but it is not on our list.
refusal-unknown-tag-next = Please leave it with somebody at the desk.
refusal-unknown-tag-staff = This tag is not on our list.
refusal-unknown-tag-staff-next = Keep the tablet. Ring the digital team to enrol it.
refusal-not-our-tag = That is not one of our stickers.
refusal-not-our-tag-next = Look for the square sticker on the back of the tablet.
refusal-made-up-tag = This sticker does not match our list.
refusal-made-up-tag-next = Please show it to somebody at the desk.
refusal-made-up-tag-staff = This tag was not made by us. Nothing was changed.
refusal-made-up-tag-staff-next = Keep the tablet and ring the digital team.
refusal-torn-tag = The sticker is hard to read.
refusal-torn-tag-next = Wipe it and try again, or type its number.
refusal-two-tags = I can see more than one sticker.
refusal-two-tags-next = Show me one at a time.

## Refusals: check out
refusal-tablet-on-loan = This tablet is lent to somebody already.
refusal-tablet-on-loan-next = Please take it to the desk.
refusal-tablet-on-loan-staff = This tablet is on loan. It was not returned yet.
refusal-tablet-on-loan-staff-next = Return it first. Then take one that is ready.
refusal-tablet-not-ready = This tablet is not ready to lend.
refusal-tablet-not-ready-next = Please choose another one.
refusal-tablet-not-ready-staff = This tablet is not ready to lend: { $state }.
refusal-tablet-not-ready-staff-next = Take one that says Ready. Leave this one on charge.
refusal-part-missing = Something belongs to this tablet that is not with it: { $part }.
refusal-part-missing-next = Find it and say it is here, or take another tablet.
refusal-put-aside = This tablet is kept for somebody else.
refusal-put-aside-next = Please choose another one.
refusal-borrower-unknown = We do not know this card.
refusal-borrower-unknown-next = Ask at the desk. We can still help.
refusal-borrower-unknown-staff = This card is not on our list.
refusal-borrower-unknown-staff-next = Check the number, or sign them up first.
refusal-loan-limit = You have as many tablets as we can lend you.
refusal-loan-limit-next = Bring one back, or ask us.
refusal-loan-limit-staff = They have as many tablets as we can lend one person.
refusal-loan-limit-staff-next = Take one back first.
refusal-server-away = We cannot lend just now.
refusal-server-away-next = Returns still work. Please try again in a few minutes.
refusal-server-away-staff = We are not connected, so nothing can be lent just now.
refusal-server-away-staff-next = Returns still work. Try again in a few minutes.
refusal-not-a-card = That is not a card's number.
refusal-not-a-card-next = A card has 4 to 20 letters and digits.
refusal-proof-kind-staff = The proof of its reset is not of a kind that we lend on.
refusal-proof-kind-staff-next = Take another tablet. Ring the digital team about this one.
refusal-image-withdrawn-staff = What is on this tablet is out of date since { $day }.
refusal-image-withdrawn-staff-next = Take another tablet. Ring the digital team: this one needs a new reset.

## Refusals: return
refusal-never-out = Thank you. We have it.
refusal-never-out-next = We thought it was here all the time. We will look at it.
refusal-return-kept = Thank you. We have it. You can go now.
refusal-return-kept-next = We have written it down and will pass it on later.
refusal-number-is-report = Thank you. We have made a note that it is back.
refusal-number-is-report-next = Staff will look for it. Nothing on it is cleared until they have it in hand.
refusal-withdrawn = This tablet is no longer lent out.
refusal-withdrawn-next = Please leave it at the desk. They will ring the digital team.
refusal-gifted = This tablet was given away for good.
refusal-gifted-next = It may be somebody's own. Ask at the desk. They will ring the digital team.
refusal-withdrawn-staff = This tablet is no longer lent out.
refusal-withdrawn-staff-next = Keep it at the desk and ring the digital team.
refusal-gifted-staff = This tablet was given away for good.
refusal-gifted-staff-next = It may be somebody's own. Ring the digital team.
refusal-tablet-changed = Something has changed on this tablet since.
refusal-tablet-changed-next = Scan it once more.
refusal-number-unknown = We do not know this number.
refusal-number-unknown-next = Look at the sticker once more, or call staff.

## Refusals: staff
refusal-badge-unknown = We do not know this badge.
refusal-badge-unknown-next = Ask the digital team for a new one.
refusal-badge-needed = A member of staff will take the next ones.
refusal-badge-needed-next = Many tablets came back at once. Somebody is coming with a badge.
refusal-not-allowed = Your badge does not cover this.
refusal-not-allowed-next = Ask a colleague or the digital team.
refusal-two-operators = Two people must agree to this.
refusal-two-operators-next = Ask a colleague to show their badge too.
refusal-not-in-hand-staff = This tablet is not here: { $state }.
refusal-not-in-hand-staff-next = Return it first. Then start its reset.
refusal-already-resetting-staff = Its reset is on its way already.
refusal-already-resetting-staff-next = Leave it plugged in.
refusal-withheld-staff = Somebody must look at this tablet first.
refusal-withheld-staff-next = Put it to one side and ring the digital team.
refusal-no-image-staff = There is nothing yet that tablets are reset to.
refusal-no-image-staff-next = Ring the digital team: they must release an image.
refusal-flag-not-set-staff = That mark was taken off already.
refusal-flag-not-set-staff-next = There is nothing more to do.
refusal-venue-unknown-staff = The venue of this kiosk is not on our list.
refusal-venue-unknown-staff-next = Ring the digital team. Use another kiosk until then.
refusal-series-staff = What this kiosk wrote down does not fit our list. Nothing is lost.
refusal-series-staff-next = Ring the digital team before you lend or return more here.
refusal-loan-unknown-staff = We do not know this loan.
refusal-loan-unknown-staff-next = Look the tablet up once more, or ring the digital team.
refusal-loan-not-open-staff = This loan is over, or somebody must decide about it first.
refusal-loan-not-open-staff-next = Look at the tablet on the fleet page.
refusal-renewal-limit-staff = This loan was kept longer as often as we can.
refusal-renewal-limit-staff-next = Ask for the tablet back. They may borrow again when nobody waits.
refusal-renew-too-early-staff = It is too early to keep this loan longer.
refusal-renew-too-early-staff-next = Try again from { $day } on.
refusal-held-for-others-staff = Somebody waits for a tablet like this one.
refusal-held-for-others-staff-next = Ask for it back on its day. Offer them a place in the queue.
refusal-hold-unknown-staff = We do not know this place in the queue.
refusal-hold-unknown-staff-next = Look the borrower up once more.
refusal-hold-over-staff = This place in the queue is used or given up.
refusal-hold-over-staff-next = Offer them a new one.
refusal-hold-limit-staff = They wait for as many tablets as one person may.
refusal-hold-limit-staff-next = Give one of their places up first.
refusal-not-expired-staff = This tablet is still kept for somebody.
refusal-not-expired-staff-next = Wait until its day has passed, or give the place up.
refusal-transfer-unknown-staff = We do not know this box.
refusal-transfer-unknown-staff-next = Look at the list of boxes on their way.
refusal-transfer-over-staff = This box was emptied before.
refusal-transfer-over-staff-next = Scan each tablet as a return instead.
refusal-box-not-empty-staff = { $count ->
    [one] One tablet of this box was not scanned.
   *[other] { $count } tablets of this box were not scanned.
}
refusal-box-not-empty-staff-next = Scan it, or say that it was not in the box.
refusal-same-venue-staff = It is there already.
refusal-same-venue-staff-next = There is nothing more to do.
refusal-too-many-staff = That is more than { $count } at once.
refusal-too-many-staff-next = Do it in smaller lots.
refusal-not-placed-here-staff = Only a tablet that your place has can be handed on here.
refusal-not-placed-here-staff-next = Return it first, then lend it again.
refusal-trip-unknown-staff = We do not know this trip.
refusal-trip-unknown-staff-next = Look at the list of trips.
refusal-trip-over-staff = This trip was made or called off.
refusal-trip-over-staff-next = Plan a new one.
refusal-day-passed-staff = That day has passed.
refusal-day-passed-staff-next = Choose today or a later day.
refusal-nothing-to-undo-staff = There is nothing here to undo.
refusal-nothing-to-undo-staff-next = Look at the tablet once more.
refusal-not-yours-staff = Only who did this can undo it.
refusal-not-yours-staff-next = Ask that colleague, or ring the digital team.
refusal-too-late-to-undo-staff = It is too late to undo this. Something has happened since.
refusal-too-late-to-undo-staff-next = Lend it again to the same person, or return it.
refusal-wipe-unknown-staff = We do not know this request to clear a tablet.
refusal-wipe-unknown-staff-next = Look at the list of requests.
refusal-wipe-over-staff = This request has begun or was called off.
refusal-wipe-over-staff-next = Ask again if it is still needed.
refusal-wipe-not-due-staff = It cannot begin yet. Two people must agree, and ten minutes must pass.
refusal-wipe-not-due-staff-next = Wait. It begins by itself, unless somebody calls it off.
refusal-wipe-not-needed-staff = Nobody else has to agree to clear this tablet.
refusal-wipe-not-needed-staff-next = Take it in hand and press Start now.
refusal-same-operator-staff = Somebody else must do this.
refusal-same-operator-staff-next = Ask a colleague to show their badge.
refusal-wipe-limit-staff = No more than { $count } tablets an hour can be cleared like this.
refusal-wipe-limit-staff-next = Wait, or ring the digital team if this was not you.
refusal-wipes-stopped-staff = Somebody has stopped all clearing.
refusal-wipes-stopped-staff-next = Ask the digital team what has happened.
refusal-nothing-stopped-staff = Nobody has stopped anything.
refusal-nothing-stopped-staff-next = There is nothing more to do.
refusal-code-not-taken = The code on its screen was too old.
refusal-code-not-taken-next = Wait for the next one, or show us the sticker on its back.
refusal-code-not-taken-staff = The code on the tablet's screen is too old or is not its own.
refusal-code-not-taken-staff-next = Wait for the next code and scan it again.
refusal-cannot-override-staff = Nobody can lend this tablet as it is.
refusal-cannot-override-staff-next = Take another tablet.
refusal-already-there-staff = This exists already.
refusal-already-there-staff-next = Look at the list. There may be nothing more to do.
refusal-number-taken-staff = Another tablet has this number.
refusal-number-taken-staff-next = Choose the next free number.
refusal-serial-taken-staff = Another tablet has this serial number.
refusal-serial-taken-staff-next = Read it once more from the back of the tablet.
refusal-serial-differs-staff = This tablet has another serial number.
refusal-serial-differs-staff-next = Read its sticker once more. It may be another tablet than you meant.
refusal-no-agent-staff = No agent runs on this tablet, so it can do nothing by itself.
refusal-no-agent-staff-next = Put the agent on it and enrol it once more with the same number.
refusal-nothing-to-answer-staff = Nobody has asked this, or its time has passed.
refusal-nothing-to-answer-staff-next = There is nothing more to do.
refusal-not-ahead-staff = What this tablet says of itself is known already, or cannot be true.
refusal-not-ahead-staff-next = If it keeps saying so, withhold it and enrol it again.
refusal-dispute-unknown-staff = We do not know this question.
refusal-dispute-unknown-staff-next = Look at the list of open questions.
refusal-dispute-decided-staff = Somebody has decided this already.
refusal-dispute-decided-staff-next = There is nothing more to do.
refusal-decision-not-allowed-staff = That does not answer this question.
refusal-decision-not-allowed-staff-next = Choose one of the answers that are offered.
refusal-receipt-staff = The tablet's proof does not fit its order. It is not taken.
refusal-receipt-staff-next = Leave it plugged in. It tries again. Ring the digital team if it stays.

## Refusals: the kiosk itself
refusal-command-id-reused = This did not go through. Nothing was changed.
refusal-command-id-reused-next = Please start again. We have made a note of it.
refusal-camera-lost = The camera has gone dark.
refusal-camera-lost-next = You can type the number, or call staff.
refusal-camera-lost-staff = The camera gives no picture.
refusal-camera-lost-staff-next = Check its cable. It starts again by itself.
refusal-update-me = This screen needs a newer version.
refusal-update-me-next = Please take the tablet to the desk.
refusal-update-me-staff = This kiosk is too old for what the server sent.
refusal-update-me-staff-next = Ring the digital team to update it. Returns still work.
refusal-not-kept = We could not write it down. Nothing was changed.
refusal-not-kept-next = Please keep the tablet and show it to somebody at the desk.
refusal-not-kept-staff = This kiosk could not write it down. Nothing was changed.
refusal-not-kept-staff-next = Note it on paper, use another kiosk and ring the digital team.
refusal-too-busy = We have too much to do at once.
refusal-too-busy-next = Please wait a moment and try again.

## Days and times
monday = Monday
tuesday = Tuesday
wednesday = Wednesday
thursday = Thursday
friday = Friday
saturday = Saturday
sunday = Sunday
january = January
february = February
march = March
april = April
may = May
june = June
july = July
august = August
september = September
october = October
november = November
december = December
day-in-words = { $weekday } { $day } { $month }
clock-morning = { $hour }:{ $minute }am
clock-afternoon = { $hour }:{ $minute }pm

## Pages: on every page
pages-name = Tablet library
pages-skip = Skip to main content
pages-sections = Sections
pages-fleet = Fleet
pages-team = Digital team
pages-sign-out = Sign out
pages-demo-name = Demo
pages-demo = The people and tablets here are made up, and a folder may play a tablet.
pages-gone = There is no page here.
pages-gone-next = Check the address, or start again from the first page.

## Pages: sign in
sign-in-headline = Sign in
sign-in-how = You sign in with a link that works once, for 15 minutes.
sign-in-where = It is printed where the server was started. Ask the person who runs it for a new one.
sign-in-welcome = Welcome.
sign-in-once = This link works once, and only for a short time.
sign-in-go = Sign in
sign-in-used = This link has been used, or its time is over.
sign-in-used-next = Ask the person who runs the tablet library for a new one.

## Pages: somebody found a tablet
found-headline = You have found one of our tablets.
found-thanks = Thank you for looking at it. Somebody is waiting for it.
found-bring = Please take it to any library. You do not need to say who you are.
found-power = There is no need to switch it on.
found-borrowed = Have you borrowed it? Then all is well. Any library takes it back.
found-private = We do not see who opens this page.

## Pages: the fleet
fleet-headline = What needs you today
fleet-doubt = The log is in doubt. Ask whoever runs the server to type: tablet-server audit doubts.
fleet-find = Find by number or serial
fleet-find-go = Find
fleet-queues = What needs you
fleet-queue-shown = (below)
fleet-queue-not-reset = back, not yet reset
fleet-queue-overdue = overdue
fleet-queue-silent = silent for 7 days
fleet-queue-attention = { $count ->
    [one] needs attention
   *[other] need attention
  }
fleet-queue-reported = reported back
fleet-queue-disputes = { $count ->
    [one] dispute
   *[other] disputes
  }
fleet-list-all = All tablets, worst first
fleet-list-found = { $count ->
    [one] 1 tablet
   *[other] { $count } tablets
  } for “{ $words }”
fleet-list-queue = { $count } { $words }
fleet-list-state = { $state }: { $count ->
    [one] 1 tablet
   *[other] { $count } tablets
  }
fleet-page = Page { $page } of { $pages }
fleet-pages = Pages of this list
fleet-page-previous = Previous page
fleet-page-next = Next page
fleet-show-all = Show all
fleet-none = No tablet has been enrolled yet.
fleet-none-found = No tablet has that number or serial.
fleet-none-here = Nothing here. Well done.
fleet-column-tablet = Tablet
fleet-column-state = State
fleet-column-from = Who has it
fleet-column-seen = Last seen
fleet-column-next = What to do next
fleet-due-late = { $count ->
    [one] 1 day late
   *[other] { $count } days late
  }
fleet-due-today = due today
fleet-due-tomorrow = due tomorrow
fleet-due-in = due in { $count } days
fleet-due-on = due { $day } { $month }
fleet-seen-now = just now
fleet-seen-minutes = { $count } min ago
fleet-seen-hours = { $count } h ago
fleet-seen-days = { $count ->
    [one] 1 day ago
   *[other] { $count } days ago
  }
fleet-seen-never = no reading
fleet-seen-no-agent = no agent
fleet-tally = { $count ->
    [one] 1 tablet
   *[other] { $count } tablets
  }
fleet-as-of = As it was { $day }, { $clock }.
fleet-refresh = Look again
fleet-said = { $count ->
    [0] Nothing needs you today.
    [one] 1 tablet needs you today.
   *[other] { $count } tablets need you today.
  }

## Pages: what to do next with a tablet
next-dispute = Ask what happened
next-dispute-small = Two facts do not fit together.
next-part-missing = Find the missing part
next-damaged = Look at the damage
next-reset-failed = Look at it by hand
next-reset-failed-small = Its reset did not work five times.
next-reset-failed-then = Then take its mark off, and start its reset again.
next-withheld = Ask who held it back
next-call = Call
next-call-silent = Call. It has been silent too.
next-reported = Look for it in the tray
next-reported-small = Somebody typed its number.
next-start = Scan it, then “Start now”
next-silent-here = Find it and charge it
next-silent-out = Call and ask if it works
next-missing = Look for it
next-resetting = Leave it plugged in
next-resetting-small = It is clearing itself.
next-confirm = Reset it, then go through its checklist
next-confirm-small = No agent runs on it.
next-manager = Nothing yet
next-manager-small = Its device manager resets it.
next-nobody = Ask whose word counts
next-nobody-small = No agent runs on it, and nobody else’s word is taken here.
next-resetting-again = It is trying again.
next-travelling = Scan it when the box arrives
next-on-loan = Nothing yet
next-put-aside = Keep it for the next in the queue
next-ready = Lend it
next-ready-tablet = It checked itself, file by file.
next-ready-fleet = The device manager says it was reset.
next-ready-person = A person went through the checklist.
next-lost = Wait: its lock was sent
next-lost-lock-sent = It has not answered. Do not have its SIM stopped before a day has passed.
next-lost-sim = Its SIM may be stopped now
next-lost-locked = It says that it is locked.
next-lost-silent = It has not answered for a day. Stopping the SIM cuts the way to it.
next-lost-no-agent = No agent runs on it that could lock it.
next-gone = Nothing

## Pages: where a reset did not work, and what to do about it
failed-image = What tablets are reset to was not on it whole.
failed-image-next = Leave it on Wi-Fi and plugged in
failed-wipe = Something on it was in use, or could not be deleted.
failed-wipe-next = Restart it, and let nobody use it
failed-restore = Something could not be written to it.
failed-restore-next = Restart it. See if its storage is full or broken
failed-verify = Read again, it was not as it should be.
failed-verify-next = Have its storage looked at
failed-policy = Something outside the home was left on it.
failed-policy-next = Type on it: tablet-agent doctor
failed-settings = Its own settings are not right.
failed-settings-next = Type on it: tablet-agent doctor
failed-proof = It says that it is clean, and its proof was not taken.
failed-proof-next = Ask whoever runs the server
failed-proof-enrol = Enrol it again
not-taken-not-signed = The proof is not signed with the key by which we know this tablet.
not-taken-other-tablet = The proof names another tablet or serial number.
not-taken-image = The proof is about something else than it was to be reset to.
not-taken-scope = The proof is about a folder, and not about a whole tablet.
not-taken-keys = The new keys in the proof are not made as they should be.
not-taken-other = The proof does not fit its order.

## On the screen of a lost tablet
lost-message = This tablet is lost, and somebody misses it. Any library takes it back. Thank you.
lost-message-call = This tablet is lost, and somebody misses it. Please ring { $call }, or take it to any library.

## Pages: the certificate of one reset
certificate-link = Certificate
certificate-link-of = Certificate of tablet { $number }
certificate-headline = Certificate of the reset of tablet { $number }
certificate-claim-key = Clear (logical), cryptographic erase of the loan layer, verified
certificate-claim-overlay = Clear (logical), loan layer taken away and deleted, verified
certificate-claim-btrfs = Clear (logical), every snapshot of the loan deleted, verified
certificate-claim-manifest = Clear (logical), files deleted and restored by the image’s list, verified
certificate-claim-other = Clear (logical), by the maker’s own way, verified
certificate-claim-manager = Reset reported by the device manager. The tablet has not checked itself.
certificate-claim-person = Reset confirmed by a person, item by item. The tablet has not checked itself.
certificate-tablet = Tablet
certificate-serial = Serial number
certificate-model = Model
certificate-scope = What it covers
certificate-scope-tablet = the whole tablet
certificate-scope-directory = a folder that plays a tablet
certificate-vouches = Who vouches
certificate-vouches-tablet = the tablet’s own agent, version { $version }
certificate-vouches-manager = the device manager { $manager }, for its command { $command }
certificate-vouches-person = the member of staff known as { $operator }
certificate-technique = Technique
certificate-key-erased = Key of the loan
certificate-key-erased-yes = erased
certificate-key-erased-no = not erased: the loan was not kept under a key of its own
certificate-read = Read again
certificate-read-says = { $files } files, { $bytes } bytes
certificate-changed = Changed
certificate-changed-says = { $deleted } deleted, { $restored } restored
certificate-owners = Owners of files
certificate-owners-restored = set and checked
certificate-owners-mapped = not set: the program had no right to
certificate-started = Started
certificate-ended = Ended
certificate-ended-says = { $when }, after { $seconds } seconds
certificate-when = { $day } { $year }, { $clock }
certificate-taken = Taken by the server
certificate-image = Image
certificate-number = Receipt number
certificate-digest = Digest of the receipt
certificate-previous = Digest of the one before
certificate-previous-none = none: it is the first
certificate-key = Key that it is signed with
certificate-checked = Checked for this page
certificate-policy = Outside the home
certificate-checklist = What the person confirmed
certificate-policy-confirmed = confirmed
certificate-image-asked = Image asked for
certificate-policy-counts = found { $found }, left { $left }
certificate-policy-none = Nothing outside the home was looked for.
certificate-means = What this says, and what it does not
certificate-means-clear = The technique is Clear as NIST SP 800-88 means it, and no more than that.
certificate-means-software-key = It is signed with a software key. That proves that this tablet’s root said so.
certificate-means-manager = The device manager says that this very command was done. Nobody has read the disk.
certificate-means-person = A person says that each item was done. Nobody has read the disk.
certificate-means-directory = This is a demo: a folder played the tablet, and nothing real is certified.
certificate-signature-fits = The signature was checked for this page, and it fits the bytes as they are stored.
certificate-chain-whole = The receipts by this key are a whole chain: none is missing, and no two share a place.
certificate-chain-gap = Receipts { $first } to { $last } are not here: they were not taken, or were lost.
certificate-chain-fork = More than one receipt claims number { $number }. Ask who could have signed the other.
certificate-chain-elsewhere = Receipt { $number } names another one before it than the one that is here.
certificate-signed = The signed document, to be checked by others
certificate-print = It prints on one page.
certificate-others = Other certificates of this tablet
certificate-broken-headline = There is no certificate for this reset of tablet { $number }
certificate-broken-gone = The receipt is not stored any more.
certificate-broken-altered = The receipt was altered after it was taken. Nothing in it is to be believed.
certificate-broken-signature = The signature does not fit. Nothing in the receipt is to be believed.
certificate-broken-other = The receipt tells of something else than this reset.
certificate-broken-next = Reset the tablet again, and tell whoever runs the server.

## Pages: a tablet is enrolled
enrol-link = Enrol a tablet
enrol-headline = Enrol a tablet
enrol-field-number = The number that it will have, like WGN-042
enrol-field-place = Where it will be
enrol-field-kind = Its agent
enrol-without-agent = This tablet has no agent (an Android tablet or an iPad)
enrol-field-serial = Its serial number, as its settings show it
enrol-field-model = Its model, like Galaxy Tab A9
enrol-go = Go on
enrol-number = That is not a tablet’s number.
enrol-number-next = Write it like WGN-042.
enrol-place = Nothing says where it will be.
enrol-place-next = Choose a place.
enrol-which = Nothing says which tablet it is.
enrol-which-next = Fill in its serial number and its model, each on one line.
enrol-not-there = The tablet of this number has no agent yet, and is not at that place.
enrol-not-there-next = Return it there first, or choose where it is.
enrol-taken = Another tablet has this number.
enrol-taken-next = Choose the next free number.
enrol-no-image = There is nothing yet that tablets are reset to.
enrol-no-image-next = Ask whoever runs the server to release an image.
enrol-headline-code = Enrol tablet { $number }
enrol-show = Show this to the tablet, or type the line below at it.
enrol-picture = A code to scan. It says the same as the line below.
enrol-once = It is good for 15 minutes and for one tablet, and is shown only now.
enrol-by-hand = For whoever types it:
enrolled-headline = Tablet { $number } is enrolled
enrolled-lead = No agent runs on it, so somebody must say each time that it was reset.
enrolled-tag = Print its sticker and put it on its back:
enrolled-person = Reset it as its maker says. Then say so:
enrolled-manager = Where a device manager resets it, say under which name it knows it:
enrolled-nobody = Nobody’s word makes it ready here yet. The council says whose does:
enrolled-later = An agent may come to it one day: enrol it here again, by the same number.

## Pages: a person goes through the checklist
checklist-link = Go through the checklist
checklist-link-of = Go through the checklist of tablet { $number }
checklist-headline = Checklist for tablet { $number }
checklist-lead = Only tick what you have done or seen yourself. The certificate will say that it is your word.
checklist-in-hand = I have this tablet in my hand, and its number is the one above.
checklist-signed-out = I have signed out of every account on it.
checklist-erased = I have erased all content and settings, as its maker says.
checklist-starts-new = It has started again as if it were new.
checklist-no-files = I have looked: no photos, files or messages are on it.
checklist-no-networks = It remembers no networks, printers or headsets but ours.
checklist-no-messages = I have looked: no messages or contacts are on its SIM card.
checklist-key = Your key
checklist-key-hint = The one that begins with TLKEY. It says who you are.
checklist-go = I confirm all of this
checklist-not-all = Nothing is confirmed yet: an item is not ticked.
checklist-not-all-next = Do what it says, then tick it.
checklist-key-not-taken = Nothing is confirmed yet: this key is not taken.
checklist-key-not-taken-next = Type it again, or ask the digital team for a new one.
checklist-refused = Nothing is confirmed. The tablet is not waiting for a reset, or is not yours to confirm.
checklist-refused-next = Look at it on the fleet page once more.
checklist-not-here = A person’s word does not make a tablet ready here.
checklist-not-here-next = Whoever runs the server can allow it: tablet-server proofs --help.
checklist-nothing = This tablet is not waiting for a reset.
checklist-nothing-next = Start its reset first: scan it, then press “Start now”.

## Why a tablet was lent against a rule
override-urgent = Lent against a rule: it was urgent
override-reset-by-hand = Lent against a rule: reset by hand
override-holder-agreed = Lent against a rule: the person who waited agreed
override-team-decided = Lent against a rule: the digital team said so
fleet-put-aside-until = Put aside until { $day }

## What staff should know before a tablet goes out
warning-battery-low = Its battery is { $count } percent full.
warning-battery-low-next = Charge it before it goes out.
warning-silent = We have not heard from it for { $count } days.
warning-silent-next = Switch it on and see if it connects.
warning-sim-ended = Its SIM card's contract has ended.
warning-sim-ended-next = Put another SIM card in first.
warning-data-nearly-used = It has used most of its mobile data.
warning-data-nearly-used-next = Tell the borrower how much is left.
warning-charger-check-due = Its charger's electrical check was good until { $day }.
warning-charger-check-due-next = Give another charger, and have this one checked.
not-known-battery = We do not know how full its battery is.
not-known-agent = We have never heard from it.
not-known-sim = We do not know about its SIM card.
not-known-charger-check = We do not know when its charger was checked.

## The page about the API, for people who write programs
api-headline = What programs may ask of the tablet library
api-lead = Bodies are JSON. Each example here is sent to a real server by our tests.
api-quirks = Good to know
api-calls = Every call
api-answer = The answer:
api-problem = It was not done: the code for a program, the sentence and the next step for a person.
api-refusals = Every refusal
api-refusal-status = Status
api-refusal-code = Code
api-refusal-sentence = What is the matter
api-refusal-next = What to do next
api-quirk-id = Make each command's id before you send it. The same id again gets the same answer.
api-quirk-kiosk = A kiosk reads a refusal as an answer with status 200. Your program gets 403, 404 or 409.
api-quirk-busy = Status 503 tells nothing of what was done. Send the same id again after a second.
api-quirk-lists = Lists of work show the oldest first. What is dealt with makes room for the rest.
api-quirk-hand = Say in-hand only if the named person holds the tablet: its files will be cleared.
api-quirk-set-up = Venues, people and kiosks are added at the server's own terminal, never here.
api-who-anybody = Anybody may make this call.
api-who-code = Whoever has a one-time code that the server's terminal made.
api-who-tablet = A tablet that was enrolled: it stamps each request with its own key.
api-who-kiosk = A kiosk that was enrolled: it stamps each request with its own key.
api-who-operator = A named member of staff: their key stands in the Authorization header, as Bearer.
api-agent-enrol = Gives a tablet its identity.
api-agent-heartbeat = Takes what a tablet tells of itself, and may answer with a signed order.
api-agent-receipt = Takes a tablet's signed account of a reset. The answer is signed too.
api-image = Gives the sealed list of an image's files, by its digest.
api-blob = Gives one file of an image, by its digest.
api-kiosk-enrol = Gives a kiosk its identity.
api-kiosk-rows = Gives the tablets that changed since a position, or waits for a change.
api-kiosk-borrower = Finds a borrower by card.
api-kiosk-command = Takes one fact or request of a kiosk, in the kiosk's own order.
api-kiosk-gap = Notes that a stretch of a kiosk's facts is lost, so that what follows is taken.
api-staff-command = Takes one request of a named member of staff.
api-staff-borrower = Finds a borrower by card.
api-staff-me = Says whose key it is, and where they may act.
api-staff-tablets = Gives tablets, each with whether it can be lent, and why.
api-staff-holds = Gives the queue of a venue.
api-staff-disputes = Gives what does not fit together and waits for a person.
api-staff-wipes = Gives the requests to clear a tablet that have not begun.
api-staff-transfers = Gives the boxes that are on their way.
api-page = Shows this page.
api-openapi = Gives the same as an OpenAPI document.

## What each kind of command does
does-change-venue = Changes the venue's name, kind or opening hours.
does-set-kit = Says what goes with a tablet.
does-renew-keys = Has a tablet make new keys of its own with its next reset.
does-check-out = Lends a tablet.
does-renew = Lets a loan go on for longer.
does-return = Takes a tablet back.
does-hand-on = Takes a tablet from one person of a placement, for the next.
does-undo = Undoes one's own check out or return, while nothing has happened since.
does-report-back = Notes that somebody says a tablet is back.
does-start-reset = Starts the reset of a tablet that is in somebody's hand.
does-set-flag = Holds a tablet back: something is missing or broken, or somebody says so.
does-clear-flag = Says that this is over.
does-close-dispute = Decides what does not fit together.
does-place-hold = Takes a place in the venue's queue.
does-cancel-hold = Gives a place in a queue up.
does-send = Packs a box for another venue.
does-receive = Takes a tablet out of a box.
does-end-transfer = Says that a box is empty.
does-relocate = Says that a tablet is missing, lost, withdrawn or given away.
does-take-stock = Counts the tablets of the venue.
does-plan-trip = Plans a trip to somebody's home.
does-call-off-trip = Says that a trip was not made.
does-ask-wipe = Asks to clear a tablet outside a return. A colleague must agree.
does-agree-wipe = Agrees to a colleague's request. It begins ten minutes later.
does-call-off-wipe = Calls such a request off.
does-stop-wipes = Stops all clearing outside a return.
does-allow-wipes = Lets it begin again: somebody else than who stopped it.
