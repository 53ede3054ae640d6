//! A phone that is killed: opens the app over a trial's folder, walks through a flow and ends. See `rabt_tests::crash`.

use rabt_tests::crash::{Device, Flow, points};
use std::{env, path::PathBuf};

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let mut arguments = env::args_os().skip(1);
    let folder = PathBuf::from(arguments.next().expect("a trial's folder"));
    let name = arguments.next().expect("a flow");
    let flow = name.to_str().and_then(Flow::of_name).expect("a flow's name");
    points::arm();
    let device = Device::open(&folder).await.expect("the app opens");
    flow.finish(&device).await;
}
