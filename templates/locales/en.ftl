### What people read, in English.
###
### Plain words, the second person, the present tense, at most twenty words a sentence. One word per thing:
### "password", "link", "security code", "account", "message". Never say whether an account exists.
### [words](name) makes the words a link; keep the name in round brackets as it is.
### Variables such as { $minutes } are filled in; keep them as they are.

# The name of this language, in this language, in the list of languages.
locale-name = English

## Every page

# The browser's tab. $title is the heading of the page, $brand the organisation's name.
document-title = { $title } – { $brand }
# The same where something typed was wrong, so that a screen reader says it first.
document-title-error = Error: { $title } – { $brand }
# The first link of a page, for people who use a keyboard.
skip-link = Skip to main content
# Heading of the list of what was wrong.
summary-title = There is a problem
footer-support = Help and support
footer-privacy = Privacy
footer-terms = Terms of use
# Name of the list of languages, for screen readers.
footer-languages = Languages
back-to-sign-in = Back to sign in
# A button that leads to the first page.
start-again = Start again
# A button that opens the same page once more.
try-again = Try again
help-support = If you need help, [contact support](support).
# $request is a short reference that helps the support team to find out what happened.
help-request = Reference: { $request }

## First page: who are you?

start-title = Reset your password
start-intro-either = Enter the email address or username for your account. We will send you instructions.
start-intro-email = Enter the email address for your account. We will send you instructions.
start-intro-username = Enter the username for your account. We will send you instructions.
start-intro-phone = Enter the phone number for your account. We will send you instructions.
# Labels of the field.
start-label-either = Email address or username
start-label-email = Email address
start-label-username = Username
start-label-phone = Phone number
start-method = How should we contact you?
start-method-email-link = Email me a link
start-method-email-otp = Email me a code
start-method-sms-otp = Text me a code
start-submit = Continue
# The field was empty.
start-empty-either = Enter your email address or username
start-empty-email = Enter your email address
start-empty-username = Enter your username
start-empty-phone = Enter your phone number
start-not-an-address = Enter an email address in the correct format, like name@example.com
start-not-a-phone = Enter your whole phone number, like +44 20 7946 0018
# What was typed is too long.
start-too-long-either = Email address or username must be { $max } characters or fewer
start-too-long-email = Email address must be { $max } characters or fewer
start-too-long-username = Username must be { $max } characters or fewer
start-too-long-phone = Phone number must be { $max } characters or fewer
# What was typed holds signs that no identifier has, such as full-width letters.
start-unreadable = Use only ordinary letters, digits and signs

## Second page: check your messages. It is the same for everybody, whether there is an account or not.

check-title-email = Check your email
check-title-phone = Check your phone
check-sent =
    { $minutes ->
        [one] If what you entered matches an account, we have sent a link to reset its password. It can take a few minutes. The link works for { $minutes } minute.
       *[other] If what you entered matches an account, we have sent a link to reset its password. It can take a few minutes. The link works for { $minutes } minutes.
    }
# The same where the mail holds a link and a code.
check-sent-both =
    { $minutes ->
        [one] If what you entered matches an account, we have sent a link and a security code to reset its password. It can take a few minutes. Open the link, or enter the code here. The link works for { $minutes } minute.
       *[other] If what you entered matches an account, we have sent a link and a security code to reset its password. It can take a few minutes. Open the link, or enter the code here. The link works for { $minutes } minutes.
    }
check-sent-code-email = If what you entered matches an account, we have sent a security code by email. It can take a few minutes.
check-sent-code-text = If what you entered matches an account, we have sent a security code by text message. It can take a few minutes.
# $typed is what this person typed.
check-typed = You entered { $typed }. [Change](change)
# Label of the field.
check-code = Security code
# How many digits a code has is never said.
check-code-hint =
    { $minutes ->
        [one] The code works for { $minutes } minute.
       *[other] The code works for { $minutes } minutes.
    }
check-code-submit = Continue
check-code-empty = Enter the security code
check-code-not-digits = The security code must be numbers only
check-code-too-few = You have not entered enough numbers
check-code-too-many = You have entered too many numbers
# The code is wrong, too old, or there was none: one text for all, because it must tell nobody which.
check-code-wrong =
    { $left ->
        [one] Enter a correct security code. You have { $left } try left. If it does not work, send a new message
       *[other] Enter a correct security code. You have { $left } tries left. If it does not work, send a new message
    }
# The same where no new message can be asked for.
check-code-wrong-last =
    { $left ->
        [one] Enter a correct security code. You have { $left } try left
       *[other] Enter a correct security code. You have { $left } tries left
    }
# Wrong codes have been entered as often as they may be.
check-title-closed = No more codes can be tried
check-closed = You have used all your tries for this request.
check-closed-again = If our message holds a link, it still works until it expires. You can also [start again](start).
# Where no message holds a link.
check-closed-start = You can [start again](start).
check-resend = Send a new message
# Above that button while one has to wait. $seconds counts down.
check-resend-wait = You can ask for a new message in { $seconds } s.
# Stands there when it has counted down.
check-resend-now = You can ask for a new message now.
# Heading of the buttons with the other methods.
check-others = Try another way
check-other-email-link = Email me a link instead
check-other-email-otp = Email me a code instead
check-other-sms-otp = Text me a code instead
# Opens a few hints.
check-not-received = Not received it?
check-spam = Check your spam or junk folder.
check-reception = Check that your phone can receive text messages.
# Where a text message cannot be sent, the message may go by mail.
check-text-or-mail = Check your email too, and its spam or junk folder. We may have written there instead.
check-again = You may have mistyped. You can [start again](start).

## Third page: the new password

password-title = Create a new password
# $login is the login name of the account.
password-who = You are changing the password for { $login }.
# Label of a hidden field for password managers.
password-account = Account
password-new = New password
password-hint = Use at least { $min } characters. Three or more random words work well. Do not reuse a password from another site.
password-confirm = Confirm new password
# On the small button beside the field, and its longer name for screen readers.
password-show = Show
password-hide = Hide
password-show-label = Show password
password-hide-label = Hide password
# Spoken after the button was pressed.
password-shown = Your password is visible
password-hidden = Your password is hidden
password-submit = Change password
password-cancel = I did not ask for this
# What can be wrong with the new password.
password-empty = Enter a new password
password-too-short = Password must be at least { $min } characters
password-too-long = Password must be { $max } characters or fewer
password-not-confirmed = The passwords do not match. Enter the same password in both fields
password-common = This password is commonly used. Choose a different one.
password-guessable = This password is too easy to guess. Choose a longer one or add more words.
password-context = Password must not consist of your email address, your username or { $brand }
password-reused = You have used this password before. Choose a different one.
# $count is how many passwords back one must not go.
password-reused-count =
    { $count ->
        [one] Password must differ from your last password. Choose a different one.
       *[other] Password must differ from your last { $count } passwords. Choose a different one.
    }
password-few-digits =
    { $min ->
        [one] Password must contain a digit
       *[other] Password must contain at least { $min } digits
    }
password-few-lower =
    { $min ->
        [one] Password must contain a small letter
       *[other] Password must contain at least { $min } small letters
    }
password-few-upper =
    { $min ->
        [one] Password must contain a capital letter
       *[other] Password must contain at least { $min } capital letters
    }
password-few-special =
    { $min ->
        [one] Password must contain a sign that is neither a letter nor a digit
       *[other] Password must contain at least { $min } signs that are neither letters nor digits
    }
# $text is what the organisation's own system says.
password-other = Your organisation's password rules were not met: { $text }

## Last page: it worked

done-title = Your password has been changed
done-sign-in = You can now sign in with your new password.
# All other browsers and devices.
done-signed-out = We have signed you out everywhere else.
done-signing-out = You will be signed out everywhere else shortly.
done-notice = We are sending you a message to confirm the change.
done-next = Sign in

## A link or code that does not work

over-title = This link or code no longer works
over-text =
    { $minutes ->
        [one] A link works for { $minutes } minute and can be used once.
       *[other] A link works for { $minutes } minutes and can be used once.
    }
over-text-code = A link works for { $minutes } min and can be used once, a code for { $code_minutes } min.
# Where no message carries a link.
over-text-code-only =
    { $code_minutes ->
        [one] A code works for { $code_minutes } minute.
       *[other] A code works for { $code_minutes } minutes.
    }
over-why = You may have used it already, or your password has been changed since.
# After somebody pressed "I did not ask for this".
over-cancelled = We have cancelled the request. You do not need to change your password.

## Something is in the way

error-forgery-title = Start again
error-forgery-text = Your browser did not tell us that this came from our own page.
error-not-found-title = Page not found
error-not-found-text = There is no page at this address. Check it, or start again.
error-wrong-method-title = This page cannot be opened like this
error-wrong-method-text = Start again, and use the buttons on the page.
error-busy-title = This password is being changed
error-busy-text = Another change for this account is running. Wait a minute, then try again.
error-malformed-title = We could not read the form
error-malformed-text = Start again, and use the form on the page.
error-slow-down-title = Too many tries
error-slow-down-text =
    { $minutes ->
        [one] Wait { $minutes } minute, then try again.
       *[other] Wait { $minutes } minutes, then try again.
    }
error-internal-title = There is a problem with our service
error-internal-text = Try again in a few minutes.
error-unavailable-title = You cannot reset your password right now
error-unavailable-text = This is a problem with our service. Try again in a few minutes.
error-provider-down-title = We could not change your password
error-provider-down-text = This is a problem with our service. You do not need a new message. Try again in a few minutes.
error-unconfirmed-title = We could not confirm the change
error-unconfirmed-text = Your new password may already work. Try to [sign in](signin) with it, or enter it here once more.
# A button that leads to the form for the new password.
error-unconfirmed-action = Enter it once more
error-upstream-down-title = This site cannot be reached right now
error-upstream-down-text = Try again in a few minutes.
error-upstream-slow-title = This site did not answer in time
error-upstream-slow-text = Try again in a few minutes.

## Mails. No link, no code and no name of a person stands in a subject.

# $time is the moment in universal time, such as 2026-11-20 21:07 UTC.
mail-support = If you need help, contact support:
mail-automatic = This is an automatic message from { $brand }.
mail-account = Account: { $login }

link-subject = Reset your { $brand } password
# Shown beside the subject in a list of mails.
link-preheader =
    { $minutes ->
        [one] Use the button to choose a new password. It works for { $minutes } minute.
       *[other] Use the button to choose a new password. It works for { $minutes } minutes.
    }
link-heading = Reset your password
link-intro = Somebody asked to reset the password of this { $brand } account.
link-button = Choose a new password
# Above the link's address in full.
link-trouble = If the button does not work, copy this address into your browser:
# In the text part of the mail, above the address.
link-open = To choose a new password, open this address:
link-expiry =
    { $minutes ->
        [one] It works for { $minutes } minute and can be used once.
       *[other] It works for { $minutes } minutes and can be used once.
    }
link-asked = Asked for on { $time }.
link-not-you = If you did not ask for this, ignore this message, or open the link and choose “I did not ask for this”.

# The same mail where it holds a code besides the link.
link-or-code = Or enter this code on the page where you asked for the link:
# Where the code lives shorter than the link. It follows "code-expiry".
code-dies-first = After that, only the link works.

# The mail with a code.
code-subject = Your { $brand } security code
code-preheader =
    { $minutes ->
        [one] The code in this message works for { $minutes } minute.
       *[other] The code in this message works for { $minutes } minutes.
    }
code-heading = Your security code
# Above the code, which stands on a line of its own.
code-is = Enter this code on the page where you asked for it:
code-expiry =
    { $minutes ->
        [one] The code works for { $minutes } minute and can be used once.
       *[other] The code works for { $minutes } minutes and can be used once.
    }
code-never = We will never ask you for this code by phone, email or chat.
# Above a link's address in full.
code-or-open = If you no longer have that page open, choose a new password at this address:
# Where the mail holds no link.
code-not-you = If you did not ask for this, ignore this message.

changed-subject = Your { $brand } password was changed
changed-subject-maybe = Your { $brand } password may have been changed
changed-subject-again = Your { $brand } password was changed again
changed-preheader = If this was you, there is nothing to do.
changed-preheader-again = If this was not you, reset your password now.
changed-heading = Your password was changed
changed-heading-maybe = Your password may have been changed
changed-heading-again = Your password was changed again
changed-text = The password of this { $brand } account was changed on { $time }, through the “forgot password” page.
changed-text-maybe = Somebody tried to change the password of this { $brand } account on { $time }, through the “forgot password” page. We could not confirm whether it worked.
changed-text-again = The password of this { $brand } account was changed again on { $time }, after it had been reset. This was not done through the “forgot password” page.
changed-sessions = We are signing out all devices. They need the new password.
changed-sessions-maybe = We are signing out all devices. Sign in with the new password, or with the old one if it does not work.
changed-sessions-again = We have signed out all devices.
changed-was-you = If this was you, there is nothing to do.
changed-was-you-again = If this was you, or an administrator, there is nothing to do.
changed-not-you = If this was not you, reset your password now:

## Text messages. Short, because they are paid by the segment: with a code of 12 digits they must stay within 160 units
## where every sign stands in the GSM-7 alphabet, and within 70 everywhere else. Plain quotes (' and ") only, no link.

code-sms = { $code } is your { $brand } password reset code. Do not share it.
changed-sms = Your { $brand } password was changed. If this was not you, reset it now on the sign-in page.
changed-sms-maybe = Your { $brand } password may have been changed. If this was not you, reset it now on the sign-in page.
changed-sms-again = Your { $brand } password was changed again. If this was not you, reset it now on the sign-in page.
