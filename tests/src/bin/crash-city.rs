//! A city that is killed: runs over a trial's folder until the parent goes away. See `rabt_tests::crash`.

use rabt_tests::crash::{city_in, points};
use std::{env, path::PathBuf};

#[tokio::main(flavor = "multi_thread", worker_threads = 1)]
async fn main() {
    let folder = PathBuf::from(env::args_os().nth(1).expect("a trial's folder"));
    let city = city_in(&folder).await;
    // What happens while it starts happens before anybody can have asked for anything.
    points::arm();
    points::say("ready");
    tokio::task::spawn_blocking(points::listen)
        .await
        .expect("the parent is listened to");
    city.kill();
}
