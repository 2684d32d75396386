### Was Menschen lesen, auf Deutsch. Anrede „Sie“, Gegenwart, kurze Sätze; ein Wort je Sache: „Passwort“, „Link“,
### „Sicherheitscode“, „Konto“, „Nachricht“. Die Hinweise für Übersetzer stehen in en.ftl.

locale-name = Deutsch

## Jede Seite

document-title = { $title } – { $brand }
document-title-error = Fehler: { $title } – { $brand }
skip-link = Zum Inhalt springen
summary-title = Bitte prüfen Sie Ihre Eingabe
footer-support = Hilfe und Kontakt
footer-privacy = Datenschutz
footer-terms = Nutzungsbedingungen
footer-languages = Sprachen
back-to-sign-in = Zurück zur Anmeldung
start-again = Neu beginnen
try-again = Erneut versuchen
help-support = Wenn Sie Hilfe brauchen, [wenden Sie sich an den Support](support).
help-request = Referenz: { $request }

## Erste Seite: Wer sind Sie?

start-title = Passwort zurücksetzen
start-intro-either = Geben Sie die E-Mail-Adresse oder den Benutzernamen Ihres Kontos ein. Wir schicken Ihnen eine Anleitung.
start-intro-email = Geben Sie die E-Mail-Adresse Ihres Kontos ein. Wir schicken Ihnen eine Anleitung.
start-intro-username = Geben Sie den Benutzernamen Ihres Kontos ein. Wir schicken Ihnen eine Anleitung.
start-intro-phone = Geben Sie die Telefonnummer Ihres Kontos ein. Wir schicken Ihnen eine Anleitung.
start-label-either = E-Mail-Adresse oder Benutzername
start-label-email = E-Mail-Adresse
start-label-username = Benutzername
start-label-phone = Telefonnummer
start-method = Wie sollen wir Sie erreichen?
start-method-email-link = Link per E-Mail
start-method-email-otp = Code per E-Mail
start-method-sms-otp = Code per SMS
start-submit = Weiter
start-empty-either = Geben Sie Ihre E-Mail-Adresse oder Ihren Benutzernamen ein
start-empty-email = Geben Sie Ihre E-Mail-Adresse ein
start-empty-username = Geben Sie Ihren Benutzernamen ein
start-empty-phone = Geben Sie Ihre Telefonnummer ein
start-not-an-address = Geben Sie eine vollständige E-Mail-Adresse ein, zum Beispiel name@example.com
start-not-a-phone = Geben Sie Ihre vollständige Telefonnummer ein, zum Beispiel +49 30 23125 123
start-too-long-either = E-Mail-Adresse oder Benutzername darf höchstens { $max } Zeichen haben
start-too-long-email = Die E-Mail-Adresse darf höchstens { $max } Zeichen haben
start-too-long-username = Der Benutzername darf höchstens { $max } Zeichen haben
start-too-long-phone = Die Telefonnummer darf höchstens { $max } Zeichen haben
start-unreadable = Verwenden Sie nur gewöhnliche Buchstaben, Ziffern und Zeichen

## Zweite Seite: Nachrichten prüfen. Sie ist für alle gleich, ob es ein Konto gibt oder nicht.

check-title-email = Prüfen Sie Ihre E-Mails
check-title-phone = Prüfen Sie Ihr Telefon
check-sent =
    { $minutes ->
        [one] Falls Ihre Eingabe zu einem Konto gehört, haben wir einen Link zum Zurücksetzen des Passworts geschickt. Das kann einige Minuten dauern. Der Link gilt { $minutes } Minute.
       *[other] Falls Ihre Eingabe zu einem Konto gehört, haben wir einen Link zum Zurücksetzen des Passworts geschickt. Das kann einige Minuten dauern. Der Link gilt { $minutes } Minuten.
    }
check-sent-both =
    { $minutes ->
        [one] Falls Ihre Eingabe zu einem Konto gehört, haben wir einen Link und einen Sicherheitscode zum Zurücksetzen des Passworts geschickt. Das kann einige Minuten dauern. Öffnen Sie den Link, oder geben Sie den Code hier ein. Der Link gilt { $minutes } Minute.
       *[other] Falls Ihre Eingabe zu einem Konto gehört, haben wir einen Link und einen Sicherheitscode zum Zurücksetzen des Passworts geschickt. Das kann einige Minuten dauern. Öffnen Sie den Link, oder geben Sie den Code hier ein. Der Link gilt { $minutes } Minuten.
    }
check-sent-code-email = Falls Ihre Eingabe zu einem Konto gehört, haben wir einen Sicherheitscode per E-Mail geschickt. Das kann einige Minuten dauern.
check-sent-code-text = Falls Ihre Eingabe zu einem Konto gehört, haben wir einen Sicherheitscode per SMS geschickt. Das kann einige Minuten dauern.
check-typed = Ihre Eingabe: { $typed }. [Ändern](change)
check-code = Sicherheitscode
check-code-hint =
    { $minutes ->
        [one] Der Code gilt { $minutes } Minute.
       *[other] Der Code gilt { $minutes } Minuten.
    }
check-code-submit = Weiter
check-code-empty = Geben Sie den Sicherheitscode ein
check-code-not-digits = Der Sicherheitscode darf nur aus Ziffern bestehen
check-code-too-few = Sie haben zu wenige Ziffern eingegeben
check-code-too-many = Sie haben zu viele Ziffern eingegeben
check-code-wrong =
    { $left ->
        [one] Geben Sie einen richtigen Sicherheitscode ein. Sie haben noch { $left } Versuch. Wenn er nicht funktioniert, senden Sie eine neue Nachricht
       *[other] Geben Sie einen richtigen Sicherheitscode ein. Sie haben noch { $left } Versuche. Wenn er nicht funktioniert, senden Sie eine neue Nachricht
    }
check-code-wrong-last =
    { $left ->
        [one] Geben Sie einen richtigen Sicherheitscode ein. Sie haben noch { $left } Versuch
       *[other] Geben Sie einen richtigen Sicherheitscode ein. Sie haben noch { $left } Versuche
    }
check-title-closed = Es können keine Codes mehr eingegeben werden
check-closed = Sie haben alle Versuche für diese Anfrage verbraucht.
check-closed-again = Falls unsere Nachricht einen Link enthält, gilt er, bis er abläuft. Sie können auch [neu beginnen](start).
check-closed-start = Sie können [neu beginnen](start).
check-resend = Neue Nachricht senden
check-resend-wait = In { $seconds } s können Sie eine neue Nachricht anfordern.
check-resend-now = Sie können jetzt eine neue Nachricht anfordern.
check-others = Einen anderen Weg versuchen
check-other-email-link = Stattdessen einen Link per E-Mail senden
check-other-email-otp = Stattdessen einen Code per E-Mail senden
check-other-sms-otp = Stattdessen einen Code per SMS senden
check-not-received = Nichts angekommen?
check-spam = Sehen Sie im Spam-Ordner nach.
check-reception = Prüfen Sie, ob Ihr Telefon SMS empfangen kann.
check-text-or-mail = Sehen Sie auch in Ihren E-Mails und im Spam-Ordner nach. Vielleicht haben wir stattdessen dorthin geschrieben.
check-again = Vielleicht haben Sie sich vertippt. Sie können [neu beginnen](start).

## Dritte Seite: das neue Passwort

password-title = Neues Passwort festlegen
password-who = Sie ändern das Passwort für { $login }.
password-account = Konto
password-new = Neues Passwort
password-hint = Verwenden Sie mindestens { $min } Zeichen. Drei oder mehr zufällige Wörter eignen sich gut. Nehmen Sie kein Passwort, das Sie anderswo verwenden.
password-confirm = Neues Passwort bestätigen
password-show = Zeigen
password-hide = Verbergen
password-show-label = Passwort zeigen
password-hide-label = Passwort verbergen
password-shown = Ihr Passwort ist sichtbar
password-hidden = Ihr Passwort ist verborgen
password-submit = Passwort ändern
password-cancel = Ich habe das nicht angefordert
password-empty = Geben Sie ein neues Passwort ein
password-too-short = Das Passwort muss mindestens { $min } Zeichen haben
password-too-long = Das Passwort darf höchstens { $max } Zeichen haben
password-not-confirmed = Die Passwörter stimmen nicht überein. Geben Sie in beide Felder dasselbe Passwort ein
password-common = Dieses Passwort wird häufig verwendet. Wählen Sie ein anderes.
password-guessable = Dieses Passwort ist zu leicht zu erraten. Wählen Sie ein längeres oder fügen Sie Wörter hinzu.
password-context = Das Passwort darf nicht aus Ihrer E-Mail-Adresse, Ihrem Benutzernamen oder { $brand } bestehen
password-reused = Sie haben dieses Passwort schon einmal verwendet. Wählen Sie ein anderes.
password-reused-count =
    { $count ->
        [one] Das Passwort muss sich von Ihrem letzten Passwort unterscheiden. Wählen Sie ein anderes.
       *[other] Das Passwort muss sich von Ihren letzten { $count } Passwörtern unterscheiden. Wählen Sie ein anderes.
    }
password-few-digits =
    { $min ->
        [one] Das Passwort muss eine Ziffer enthalten
       *[other] Das Passwort muss mindestens { $min } Ziffern enthalten
    }
password-few-lower =
    { $min ->
        [one] Das Passwort muss einen Kleinbuchstaben enthalten
       *[other] Das Passwort muss mindestens { $min } Kleinbuchstaben enthalten
    }
password-few-upper =
    { $min ->
        [one] Das Passwort muss einen Großbuchstaben enthalten
       *[other] Das Passwort muss mindestens { $min } Großbuchstaben enthalten
    }
password-few-special =
    { $min ->
        [one] Das Passwort muss ein Zeichen enthalten, das weder Buchstabe noch Ziffer ist
       *[other] Das Passwort muss mindestens { $min } Zeichen enthalten, die weder Buchstaben noch Ziffern sind
    }
password-other = Die Passwortregeln Ihrer Organisation sind nicht erfüllt: { $text }

## Letzte Seite: Es hat geklappt

done-title = Ihr Passwort wurde geändert
done-sign-in = Sie können sich jetzt mit Ihrem neuen Passwort anmelden.
done-signed-out = Wir haben Sie überall sonst abgemeldet.
done-signing-out = Sie werden in Kürze überall sonst abgemeldet.
done-notice = Wir schicken Ihnen eine Nachricht, die die Änderung bestätigt.
done-next = Anmelden

## Ein Link oder Code, der nicht mehr gilt

over-title = Dieser Link oder Code gilt nicht mehr
over-text =
    { $minutes ->
        [one] Ein Link gilt { $minutes } Minute und kann einmal verwendet werden.
       *[other] Ein Link gilt { $minutes } Minuten und kann einmal verwendet werden.
    }
over-text-code = Ein Link gilt { $minutes } Min. und kann einmal verwendet werden, ein Code { $code_minutes } Min.
over-text-code-only =
    { $code_minutes ->
        [one] Ein Code gilt { $code_minutes } Minute.
       *[other] Ein Code gilt { $code_minutes } Minuten.
    }
over-why = Vielleicht haben Sie ihn schon verwendet, oder Ihr Passwort wurde seither geändert.
over-cancelled = Wir haben die Anfrage abgebrochen. Sie müssen Ihr Passwort nicht ändern.

## Etwas steht im Weg

error-forgery-title = Beginnen Sie neu
error-forgery-text = Ihr Browser hat uns nicht mitgeteilt, dass dies von unserer eigenen Seite kam.
error-not-found-title = Seite nicht gefunden
error-not-found-text = Unter dieser Adresse gibt es keine Seite. Prüfen Sie die Adresse oder beginnen Sie neu.
error-wrong-method-title = Diese Seite lässt sich so nicht öffnen
error-wrong-method-text = Beginnen Sie neu und verwenden Sie die Schaltflächen auf der Seite.
error-busy-title = Dieses Passwort wird gerade geändert
error-busy-text = Für dieses Konto läuft bereits eine Änderung. Warten Sie eine Minute und versuchen Sie es dann erneut.
error-malformed-title = Wir konnten das Formular nicht lesen
error-malformed-text = Beginnen Sie neu und verwenden Sie das Formular auf der Seite.
error-slow-down-title = Zu viele Versuche
error-slow-down-text =
    { $minutes ->
        [one] Warten Sie { $minutes } Minute und versuchen Sie es dann erneut.
       *[other] Warten Sie { $minutes } Minuten und versuchen Sie es dann erneut.
    }
error-internal-title = Bei uns ist ein Fehler aufgetreten
error-internal-text = Versuchen Sie es in einigen Minuten erneut.
error-unavailable-title = Sie können Ihr Passwort gerade nicht zurücksetzen
error-unavailable-text = Das liegt an unserem Dienst. Versuchen Sie es in einigen Minuten erneut.
error-provider-down-title = Wir konnten Ihr Passwort nicht ändern
error-provider-down-text = Das liegt an unserem Dienst. Sie brauchen keine neue Nachricht. Versuchen Sie es in einigen Minuten erneut.
error-unconfirmed-title = Wir konnten die Änderung nicht bestätigen
error-unconfirmed-text = Vielleicht gilt Ihr neues Passwort schon. Versuchen Sie, sich damit [anzumelden](signin), oder geben Sie es hier noch einmal ein.
error-unconfirmed-action = Noch einmal eingeben
error-upstream-down-title = Diese Website ist gerade nicht erreichbar
error-upstream-down-text = Versuchen Sie es in einigen Minuten erneut.
error-upstream-slow-title = Diese Website hat nicht rechtzeitig geantwortet
error-upstream-slow-text = Versuchen Sie es in einigen Minuten erneut.

## Mails

mail-support = Wenn Sie Hilfe brauchen, wenden Sie sich an den Support:
mail-automatic = Dies ist eine automatische Nachricht von { $brand }.
mail-account = Konto: { $login }

link-subject = Ihr Passwort bei { $brand } zurücksetzen
link-preheader =
    { $minutes ->
        [one] Mit der Schaltfläche wählen Sie ein neues Passwort. Sie funktioniert { $minutes } Minute lang.
       *[other] Mit der Schaltfläche wählen Sie ein neues Passwort. Sie funktioniert { $minutes } Minuten lang.
    }
link-heading = Passwort zurücksetzen
link-intro = Jemand möchte das Passwort dieses Kontos bei { $brand } zurücksetzen.
link-button = Neues Passwort wählen
link-trouble = Wenn die Schaltfläche nicht funktioniert, kopieren Sie diese Adresse in Ihren Browser:
link-open = Öffnen Sie diese Adresse, um ein neues Passwort zu wählen:
link-expiry =
    { $minutes ->
        [one] Sie gilt { $minutes } Minute und kann einmal verwendet werden.
       *[other] Sie gilt { $minutes } Minuten und kann einmal verwendet werden.
    }
link-asked = Angefordert am { $time }.
link-not-you = Wenn Sie das nicht angefordert haben, ignorieren Sie diese Nachricht, oder öffnen Sie den Link und wählen Sie „Ich habe das nicht angefordert“.

link-or-code = Oder geben Sie diesen Code auf der Seite ein, auf der Sie den Link angefordert haben:
code-dies-first = Danach gilt nur noch der Link.

code-subject = Ihr Sicherheitscode für { $brand }
code-preheader =
    { $minutes ->
        [one] Der Code in dieser Nachricht gilt { $minutes } Minute.
       *[other] Der Code in dieser Nachricht gilt { $minutes } Minuten.
    }
code-heading = Ihr Sicherheitscode
code-is = Geben Sie diesen Code auf der Seite ein, auf der Sie ihn angefordert haben:
code-expiry =
    { $minutes ->
        [one] Der Code gilt { $minutes } Minute und kann einmal verwendet werden.
       *[other] Der Code gilt { $minutes } Minuten und kann einmal verwendet werden.
    }
code-never = Wir fragen Sie nie am Telefon, per E-Mail oder im Chat nach diesem Code.
code-or-open = Wenn Sie diese Seite nicht mehr offen haben, wählen Sie unter dieser Adresse ein neues Passwort:
code-not-you = Wenn Sie das nicht angefordert haben, ignorieren Sie diese Nachricht.

changed-subject = Ihr Passwort bei { $brand } wurde geändert
changed-subject-maybe = Ihr Passwort bei { $brand } wurde möglicherweise geändert
changed-subject-again = Ihr Passwort bei { $brand } wurde erneut geändert
changed-preheader = Wenn Sie das waren, ist nichts zu tun.
changed-preheader-again = Wenn Sie das nicht waren, setzen Sie Ihr Passwort jetzt zurück.
changed-heading = Ihr Passwort wurde geändert
changed-heading-maybe = Ihr Passwort wurde möglicherweise geändert
changed-heading-again = Ihr Passwort wurde erneut geändert
changed-text = Das Passwort dieses Kontos bei { $brand } wurde am { $time } über die Seite „Passwort zurücksetzen“ geändert.
changed-text-maybe = Jemand hat am { $time } versucht, das Passwort dieses Kontos bei { $brand } über die Seite „Passwort zurücksetzen“ zu ändern. Wir konnten nicht feststellen, ob es gelungen ist.
changed-text-again = Das Passwort dieses Kontos bei { $brand } wurde am { $time } erneut geändert, nachdem es zurückgesetzt worden war. Das geschah nicht über die Seite „Passwort zurücksetzen“.
changed-sessions = Wir melden alle Geräte ab. Sie brauchen dort das neue Passwort.
changed-sessions-maybe = Wir melden alle Geräte ab. Melden Sie sich mit dem neuen Passwort an, oder mit dem alten, falls es nicht gilt.
changed-sessions-again = Wir haben alle Geräte abgemeldet.
changed-was-you = Wenn Sie das waren, ist nichts zu tun.
changed-was-you-again = Wenn Sie oder ein Administrator das waren, ist nichts zu tun.
changed-not-you = Wenn Sie das nicht waren, setzen Sie Ihr Passwort jetzt zurück:

## SMS: nur Zeichen aus GSM-7 (Umlaute und ß gehören dazu, „typographische“ Anführungszeichen nicht), kein Link.

code-sms = { $code } ist Ihr Code, um das Passwort bei { $brand } zurückzusetzen. Geben Sie ihn nicht weiter.
changed-sms = Ihr Passwort bei { $brand } wurde geändert. Waren Sie das nicht, setzen Sie es jetzt auf der Anmeldeseite zurück.
changed-sms-maybe = Ihr Passwort bei { $brand } wurde vielleicht geändert. Waren Sie das nicht, setzen Sie es jetzt auf der Anmeldeseite zurück.
changed-sms-again = Ihr Passwort bei { $brand } wurde erneut geändert. Waren Sie das nicht, setzen Sie es jetzt auf der Anmeldeseite zurück.
