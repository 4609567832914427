//! The client by itself: what is sent how often, and how much at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fhir_assay::http::{Client, HttpSettings, Request};
use tokio::net::TcpListener;
use url::Url;

use super::target::{Target, fhir};

fn client(base: &str, jobs: usize) -> Client {
    let mut settings = HttpSettings::default();
    settings.limits.jobs = jobs;
    Client::new(Url::parse(&format!("{base}/")).expect("a URL"), settings).expect("a client")
}

fn get(client: &Client, path: &str) -> Request {
    Request::get(client.base().join(path).expect("a URL"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_is_sent_once_even_at_the_same_time() {
    let target = Target::start(|_| fhir(200, "{}")).await;
    let client = client(&target.base, 4);
    let (one, other) = tokio::join!(
        client.send(get(&client, "Patient/1")),
        client.send(get(&client, "Patient/1"))
    );
    assert!(Arc::ptr_eq(&one, &other));
    assert_eq!(target.asked(), 1);
    let different = Request {
        headers: vec![("accept".into(), "text/html".into())],
        ..get(&client, "Patient/1")
    };
    client.send(different).await;
    assert_eq!(target.asked(), 2);
    let fresh = Request {
        fresh: true,
        ..get(&client, "Patient/1")
    };
    let again = client.send(fresh).await;
    assert_ne!(again.number, one.number);
    assert_eq!(target.asked(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_connection_is_tried_once_more() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("bound"));
    let connections = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&connections);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            counter.fetch_add(1, Ordering::SeqCst);
            drop(stream);
        }
    });
    let client = client(&base, 1);
    let exchanged = client.send(get(&client, "metadata")).await;
    assert!(exchanged.response.is_err());
    assert_eq!(connections.load(Ordering::SeqCst), 2);
    assert_eq!(client.sent(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_requests_are_in_flight_than_is_courteous() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (flying, record) = (Arc::clone(&now), Arc::clone(&most));
    let target = Target::start(move |_| {
        record.fetch_max(flying.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(20));
        flying.fetch_sub(1, Ordering::SeqCst);
        fhir(200, "{}")
    })
    .await;
    let client = client(&target.base, 2);
    let paths: Vec<String> = (0..12).map(|n| format!("Patient/{n}")).collect();
    let requests = paths.iter().map(|path| client.send(get(&client, path)));
    futures_util::future::join_all(requests).await;
    assert_eq!(target.asked(), 12);
    assert!(most.load(Ordering::SeqCst) <= 2);
}
