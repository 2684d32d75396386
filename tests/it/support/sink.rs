//! A mail server that does what the recipient's name says: takes, refuses, puts off, hangs up. It shows what really
//! went over the wire, which a well-behaved server would tidy up.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use data_encoding::BASE64;

/// How the server behaves towards everybody.
#[derive(Clone, Debug)]
pub(crate) struct Manners {
    /// The first line.
    pub(crate) greeting: &'static str,
    /// What it offers after `EHLO`.
    pub(crate) extensions: &'static [&'static str],
    /// The only user it lets in, with the password; without one it asks nobody.
    pub(crate) login: Option<(&'static str, &'static str)>,
    /// What it says to `MAIL`.
    pub(crate) to_sender: &'static str,
}

impl Default for Manners {
    fn default() -> Self {
        Self { greeting: "220 sink", extensions: &["8BITMIME"], login: None, to_sender: "250 ok" }
    }
}

/// One message as it was taken.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    /// The `MAIL` line.
    pub(crate) sender: String,
    /// The `RCPT` lines.
    pub(crate) recipients: Vec<String>,
    /// The content as it came, dots still doubled.
    pub(crate) wire: String,
}

impl Taken {
    /// The content with the doubled dots undone, as a reader sees it.
    pub(crate) fn content(&self) -> String {
        let lines = self.wire.split("\r\n").map(|line| line.strip_prefix('.').unwrap_or(line));
        lines.collect::<Vec<_>>().join("\r\n")
    }
}

#[derive(Debug, Default)]
struct Book {
    taken: Vec<Taken>,
    commands: Vec<String>,
    connections: u32,
    put_off: bool,
}

/// The server; it listens on a free port of the loopback interface until the tests end.
#[derive(Debug)]
pub(crate) struct Sink {
    address: SocketAddr,
    book: Arc<Mutex<Book>>,
}

impl Sink {
    /// Opens the server.
    pub(crate) fn open(manners: Manners) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("a bound listener");
        let book = Arc::new(Mutex::new(Book::default()));
        let kept = Arc::clone(&book);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (manners, book) = (manners.clone(), Arc::clone(&kept));
                book.lock().expect("no test has panicked in here").connections += 1;
                std::thread::spawn(move || Talk::new(&stream, &manners, &book).run());
            }
        });
        Self { address, book }
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// Every message that was taken.
    pub(crate) fn taken(&self) -> Vec<Taken> {
        self.book.lock().expect("no test has panicked in here").taken.clone()
    }

    /// Every command, without its arguments.
    pub(crate) fn commands(&self) -> Vec<String> {
        self.book.lock().expect("no test has panicked in here").commands.clone()
    }

    /// How many connections there were.
    pub(crate) fn connections(&self) -> u32 {
        self.book.lock().expect("no test has panicked in here").connections
    }
}

/// One connection.
struct Talk<'a> {
    lines: BufReader<&'a TcpStream>,
    answers: &'a TcpStream,
    manners: &'a Manners,
    book: &'a Mutex<Book>,
}

/// The connection ends.
struct End;

impl<'a> Talk<'a> {
    fn new(stream: &'a TcpStream, manners: &'a Manners, book: &'a Mutex<Book>) -> Self {
        Self { lines: BufReader::new(stream), answers: stream, manners, book }
    }

    fn run(mut self) -> Option<End> {
        self.say(self.manners.greeting)?;
        let (mut sender, mut recipients) = (String::new(), Vec::new());
        loop {
            let line = self.hear()?;
            let command = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            self.book.lock().expect("no test has panicked in here").commands.push(command.clone());
            match command.as_str() {
                "EHLO" => self.greet()?,
                "AUTH" => self.let_in(&line)?,
                "MAIL" => {
                    (sender, recipients) = (line, Vec::new());
                    self.say(self.manners.to_sender)?;
                }
                "RCPT" => {
                    let answer = self.receive(&line);
                    recipients.push(line);
                    self.say(answer)?;
                }
                "DATA" => {
                    let recipients = std::mem::take(&mut recipients);
                    self.take(Taken { sender: sender.clone(), recipients, wire: String::new() })?;
                }
                "NOOP" => self.say("250 ok")?,
                "QUIT" => return self.say("221 bye").and(None),
                _ => self.say("502 unknown command")?,
            }
        }
    }

    fn greet(&mut self) -> Option<()> {
        let login = self.manners.login.map(|_| "AUTH PLAIN LOGIN");
        for extension in login.iter().chain(self.manners.extensions) {
            self.say(&format!("250-{extension}"))?;
        }
        self.say("250 SMTPUTF8-is-not-here")
    }

    fn let_in(&mut self, line: &str) -> Option<()> {
        let (user, password) = self.manners.login.unwrap_or_default();
        let right = BASE64.encode(format!("\0{user}\0{password}").as_bytes());
        let answer = if line == format!("AUTH PLAIN {right}") { "235 welcome" } else { "535 5.7.8 no" };
        self.say(answer)
    }

    /// What the recipient's name asks for.
    fn receive(&mut self, line: &str) -> &'static str {
        if line.contains("<later@")
            && !std::mem::replace(&mut self.book.lock().expect("no test has panicked in here").put_off, true)
        {
            "451 4.7.1 greylisted, later@example.org"
        } else if line.contains("<unknown@") {
            "550 5.1.1 no such user: unknown@example.org"
        } else if line.contains("<full@") {
            "452 4.2.2 mailbox full: full@example.org"
        } else {
            "250 ok"
        }
    }

    fn take(&mut self, mut taken: Taken) -> Option<()> {
        self.say("354 go on")?;
        while !taken.wire.ends_with("\r\n.\r\n") {
            let mut chunk = Vec::new();
            let read = self.lines.read_until(b'\n', &mut chunk).ok()?;
            taken.wire.push_str(std::str::from_utf8(&chunk).ok()?);
            if read == 0 {
                return None;
            }
        }
        taken.wire.truncate(taken.wire.len() - ".\r\n".len());
        let is_to = |name: &str| taken.recipients.iter().any(|line| line.contains(&format!("<{name}@")));
        if is_to("gone") {
            self.answers.shutdown(std::net::Shutdown::Both).ok()?;
            return None;
        }
        if is_to("spam") {
            return self.say("554 5.7.1 not this: spam@example.org");
        }
        self.book.lock().expect("no test has panicked in here").taken.push(taken);
        self.say("250 2.0.0 queued")
    }

    fn say(&mut self, answer: &str) -> Option<()> {
        self.answers.write_all(format!("{answer}\r\n").as_bytes()).ok()
    }

    fn hear(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = self.lines.read_line(&mut line).ok()?;
        (read > 0).then(|| line.trim_end().to_owned())
    }
}
