// Two mail servers that want TLS and then a login, on the library that maildev stands on; what they take they hand to
// maildev, where it can be read. maildev itself offers no STARTTLS, and dies of a client that refuses its certificate.
const { readFileSync } = require('fs');
const { SMTPServer } = require('smtp-server');
const SMTPConnection = require('nodemailer/lib/smtp-connection');

function listen(port, secure) {
  new SMTPServer({
    secure,
    cert: readFileSync('server.pem'),
    key: readFileSync('server.key'),
    onAuth({ username, password }, session, done) {
      const right = username === 'regain' && password === 'right-password';
      done(right ? null : new Error('wrong'), { user: username });
    },
    onData(stream, { envelope }, done) {
      const maildev = new SMTPConnection({ host: '127.0.0.1', port: 4125, ignoreTLS: true });
      const to = envelope.rcptTo.map((recipient) => recipient.address);
      maildev.on('error', done);
      maildev.connect(() => {
        maildev.send({ from: envelope.mailFrom.address, to }, stream, (error) => {
          maildev.quit();
          done(error);
        });
      });
    },
  })
    .on('error', (error) => console.error(error.message))
    .listen(port, '127.0.0.1');
}

listen(4465, true);
listen(4587, false);
