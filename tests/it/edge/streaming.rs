//! Bodies stream both ways: the first part arrives before the last is sent.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::support::{Edge, connections, read_to_end, read_until};

#[tokio::test]
async fn an_answer_arrives_part_by_part() {
    let (send_rest, rest) = tokio::sync::oneshot::channel::<()>();
    let rest = std::sync::Arc::new(tokio::sync::Mutex::new(Some(rest)));
    let addr = connections(move |mut stream| {
        let rest = rest.clone();
        async move {
            super::support::read_request(&mut stream).await;
            stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n").await.unwrap();
            rest.lock().await.take().unwrap().await.unwrap();
            stream.write_all(b"4\r\nlast\r\n0\r\n\r\n").await.unwrap();
        }
    })
    .await;
    let edge = Edge::proxy(addr).await;
    let mut stream = edge.connect().await;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await.unwrap();

    read_until(&mut stream, "first").await;
    send_rest.send(()).unwrap();

    assert!(read_to_end(&mut stream).await.contains("last"));
}

#[tokio::test]
async fn a_body_goes_up_part_by_part() {
    let addr = connections(|mut stream| async move {
        read_until(&mut stream, "\r\n\r\n").await;
        read_until(&mut stream, "first").await;
        stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\ngot one\r\n").await.unwrap();
        read_until(&mut stream, "0\r\n\r\n").await;
        stream.write_all(b"7\r\ngot all\r\n0\r\n\r\n").await.unwrap();
    })
    .await;
    let edge = Edge::proxy(addr).await;
    let mut stream = edge.connect().await;
    let head = b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n";
    stream.write_all(head).await.unwrap();

    read_until(&mut stream, "got one").await;
    stream.write_all(b"4\r\nlast\r\n0\r\n\r\n").await.unwrap();

    assert!(read_to_end(&mut stream).await.contains("got all"));
}

#[tokio::test]
async fn a_client_that_hangs_up_ends_the_upstreams_work() {
    let (hung_up, told) = tokio::sync::mpsc::channel::<()>(1);
    let addr = connections(move |mut stream| {
        let hung_up = hung_up.clone();
        async move {
            super::support::read_request(&mut stream).await;
            stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n").await.unwrap();
            let ended = matches!(stream.read(&mut [0; 16]).await, Ok(0) | Err(_));
            assert!(ended);
            hung_up.send(()).await.unwrap();
        }
    })
    .await;
    let mut told = told;
    let edge = Edge::proxy(addr).await;
    let mut stream = edge.connect().await;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    read_until(&mut stream, "first").await;

    drop(stream);

    tokio::time::timeout(super::support::PATIENCE, told.recv()).await.unwrap().unwrap();
}
