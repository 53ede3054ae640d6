//! Short lives of an app: opened, at work, and killed wherever it stands.

use crate::Phone;
use rabt::Rabt;
use std::time::Duration;
use tokio::sync::oneshot;

/// What can't be interrupted, a write to the disk that has begun, ends within this.
const LAST_WRITES_WITHIN: Duration = Duration::from_secs(10);

/// With this a story says that from now on it may be killed.
pub type MayDie = oneshot::Sender<()>;

impl Phone {
    /// Opens the app on a runtime of its own, lets it act out `story`, and kills it `after` the story said that it may die: every task
    /// ends where it stands, every connection is gone, and only what is on the disk stays. The app is closed then.
    ///
    /// # Panics
    /// Where the app doesn't open, or the story ends before it says that it may die.
    pub async fn dies<F>(&mut self, after: Duration, story: impl FnOnce(Rabt, MayDie) -> F + Send + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.close();
        let life = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        let (may_die, may_be_killed) = oneshot::channel();
        let (config, ports) = (self.config.clone(), self.ports());
        life.spawn(async move {
            let rabt = Rabt::open(config, ports).await.expect("the core opens");
            story(rabt, may_die).await;
        });
        may_be_killed.await.expect("the story comes to its point");
        tokio::time::sleep(after).await;
        let end = tokio::task::spawn_blocking(move || life.shutdown_timeout(LAST_WRITES_WITHIN));
        end.await.expect("the life ends");
    }
}
