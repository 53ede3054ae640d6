//! The one expectation that every story shares: no bill is paid twice and no money is lost, whatever went wrong.

use crate::Town;
use rabt_sandbox::Books;
use std::time::Duration;

/// Agencies and bank are on the same machine; what the hub can still finish, it finishes long before this.
const AT_REST_WITHIN: Duration = Duration::from_secs(20);
/// The hub has no event for "nothing left to do"; between two looks it can finish a payment.
const LOOK_EVERY: Duration = Duration::from_millis(20);

impl Town {
    /// The books of this moment, which must be in order at every moment.
    ///
    /// # Panics
    /// Where they aren't.
    #[track_caller]
    pub fn books(&self) -> Books {
        let books = self.city().books().expect("the books can be read");
        assert!(books.balanced, "{books:?}");
        assert_eq!((books.paid_twice, books.lost_fils), (0, 0), "{books:?}");
        books
    }

    /// The books once the hub has nothing left to do, which must be in order then and until then.
    ///
    /// # Panics
    /// Where they aren't, or the hub doesn't come to an end.
    pub async fn books_at_rest(&self) -> Books {
        let rest = async {
            loop {
                let books = self.books();
                if books.in_flight_fils == 0 {
                    return books;
                }
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        tokio::time::timeout(AT_REST_WITHIN, rest)
            .await
            .expect("the hub finishes what it can")
    }
}
