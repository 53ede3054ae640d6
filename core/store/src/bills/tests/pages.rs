use super::*;
use crate::testing::{bill, day};
use proptest::{collection::vec, prelude::*};
use rabt_domain::{AccountId, AccountKey, BillId, BillKind, BillStatus, Personal};

/// A bill as the model of a page knows it.
#[derive(Clone, Debug)]
struct Spec {
    agency: usize,
    kind: usize,
    status: usize,
    due: i32,
    account: usize,
}

const AGENCIES: [&str; 3] = ["police", "road-toll", "water"];
const KINDS: [BillKind; 3] = [BillKind::Fine, BillKind::Utility, BillKind::Unknown];
const STATUSES: [BillStatus; 4] = [
    BillStatus::Open,
    BillStatus::Unknown,
    BillStatus::Withdrawn,
    BillStatus::Vanished,
];

fn spec() -> impl Strategy<Value = Spec> {
    (0..3_usize, 0..3_usize, 0..4_usize, 0..6_i32, 0..2_usize).prop_map(|(agency, kind, status, due, account)| Spec {
        agency,
        kind,
        status,
        due,
        account,
    })
}

fn bill_of(spec: &Spec, number: usize) -> Bill {
    Bill {
        kind: KINDS[spec.kind],
        status: STATUSES[spec.status],
        due_on: day("2026-11-10").plus_days(spec.due),
        account: AccountId::parse(format!("acc-{}", spec.account)).unwrap(),
        ..bill(AGENCIES[spec.agency], &number.to_string())
    }
}

#[derive(Clone, Debug)]
struct Ask {
    agencies: Vec<usize>,
    kinds: Vec<usize>,
    standing: Standing,
    due: Option<(i32, i32)>,
    account: Option<(usize, usize)>,
    order: Order,
    limit: u16,
}

fn ask() -> impl Strategy<Value = Ask> {
    let standing = prop_oneof![Just(Standing::Open), Just(Standing::Closed), Just(Standing::All)];
    let order = prop_oneof![Just(Order::DueFirst), Just(Order::DueLast)];
    let due = proptest::option::of((0..6_i32, 0..6_i32)).prop_map(|due| due.map(|(a, b)| (a.min(b), a.max(b))));
    let account = proptest::option::weighted(0.2, (0..3_usize, 0..2_usize));
    (
        vec(0..3_usize, 0..3),
        vec(0..3_usize, 0..3),
        standing,
        due,
        account,
        order,
        1..9_u16,
    )
        .prop_map(|(agencies, kinds, standing, due, account, order, limit)| Ask {
            agencies,
            kinds,
            standing,
            due,
            account,
            order,
            limit,
        })
}

impl Ask {
    fn query(&self) -> BillQuery {
        BillQuery {
            agencies: self.agencies.iter().map(|n| agency(AGENCIES[*n])).collect(),
            kinds: self.kinds.iter().map(|n| KINDS[*n]).collect(),
            standing: self.standing,
            due_from: self.due.map(|(from, _)| day("2026-11-10").plus_days(from)),
            due_to: self.due.map(|(_, to)| day("2026-11-10").plus_days(to)),
            account: self.account.map(|(of, account)| AccountKey {
                agency: agency(AGENCIES[of]),
                account: AccountId::parse(format!("acc-{account}")).unwrap(),
            }),
            order: self.order,
            limit: self.limit,
            ..BillQuery::default()
        }
    }

    fn means(&self, spec: &Spec) -> bool {
        let any = |of: &[usize], one| of.is_empty() || of.contains(&one);
        any(&self.agencies, spec.agency)
            && any(&self.kinds, spec.kind)
            && match self.standing {
                Standing::Open => spec.status < 2,
                Standing::Closed => spec.status >= 2,
                Standing::All => true,
            }
            && self.due.is_none_or(|(from, to)| (from..=to).contains(&spec.due))
            && self
                .account
                .is_none_or(|account| account == (spec.agency, spec.account))
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Page by page comes what a plain list would give, also while bills arrive: those that were there from the start come
    /// exactly once and in order, and a new one comes once if it belongs after the cursor, and else not.
    #[test]
    fn pages_are_what_a_plain_list_says(
        first in vec(spec(), 0..30),
        later in vec(vec(spec(), 0..4), 0..6),
        ask in ask(),
    ) {
        let fixture = Fixture::new();
        let room = fixture.store.bills();
        let mut model: Vec<(Spec, usize)> = Vec::new();
        let put = |model: &mut Vec<(Spec, usize)>, spec: &Spec| {
            let number = model.len();
            room.put(&bill_of(spec, number)).unwrap();
            model.push((spec.clone(), number));
        };
        first.iter().for_each(|spec| put(&mut model, spec));

        let mut query = ask.query();
        let mut arriving = later.iter();
        let mut last: Option<(i32, usize)> = None;
        loop {
            let after = |at: &(i32, usize)| last.is_none_or(|last| match ask.order {
                Order::DueFirst => *at > last,
                Order::DueLast => *at < last,
            });
            let mut expected: Vec<(i32, usize)> = model
                .iter()
                .filter(|(spec, _)| ask.means(spec))
                .map(|(spec, number)| (spec.due, *number))
                .filter(after)
                .collect();
            expected.sort_unstable();
            if ask.order == Order::DueLast {
                expected.reverse();
            }
            let more = expected.len() > usize::from(ask.limit);
            expected.truncate(usize::from(ask.limit));

            let page = room.page(&query).unwrap();
            let got: Vec<(i32, usize)> = page.bills.iter().map(|stored| {
                let number: usize = stored.bill.key.bill.as_str().parse().unwrap();
                prop_assert_eq!(&stored.bill, &bill_of(&model[number].0, number));
                Ok((stored.bill.due_on.days_since(day("2026-11-10")), number))
            }).collect::<Result<_, TestCaseError>>()?;
            prop_assert_eq!(&got, &expected);
            prop_assert_eq!(page.next.is_some(), more);
            last = got.last().copied().or(last);
            match page.next {
                None => break,
                cursor => query.cursor = cursor,
            }
            if let Some(specs) = arriving.next() {
                specs.iter().for_each(|spec| put(&mut model, spec));
            }
        }
    }
}

#[test]
fn a_bad_query_names_its_field() {
    let fixture = Fixture::new();
    for n in 0..3 {
        fixture.store.bills().put(&bill("police", &n.to_string())).unwrap();
    }
    let field = |query: &BillQuery| match fixture.store.bills().page(query) {
        Err(StoreError::Invalid(invalid)) => invalid.field,
        other => panic!("{other:?}"),
    };
    let default = BillQuery::default;
    let one = BillQuery { limit: 1, ..default() };
    let cursor = fixture.store.bills().page(&one).unwrap().next;
    assert_eq!(field(&BillQuery { limit: 0, ..default() }), "limit");
    assert_eq!(
        field(&BillQuery {
            limit: crate::limits::PAGE_MAX + 1,
            ..default()
        }),
        "limit"
    );
    let backwards = BillQuery {
        due_from: Some(day("2026-11-02")),
        due_to: Some(day("2026-11-01")),
        ..default()
    };
    assert_eq!(field(&backwards), "due");
    let long = "x".repeat(crate::limits::SEARCH_CHARS_MAX + 1);
    let search = Some(rabt_domain::Personal::new(long));
    assert_eq!(field(&BillQuery { search, ..default() }), "search");

    for tampered in ["", "zz", "00", &cursor.clone().unwrap().replace(['0', '1'], "2")] {
        let cursor = Some(tampered.to_owned());
        assert_eq!(field(&BillQuery { cursor, ..one.clone() }), "cursor");
    }
    // A cursor continues its own query and no other, but the next page may have another length.
    let longer = BillQuery {
        cursor: cursor.clone(),
        limit: 200,
        ..one.clone()
    };
    assert_eq!(names(&fixture, &longer), ["1", "2"]);
    for other in [
        BillQuery {
            standing: Standing::All,
            ..one.clone()
        },
        BillQuery {
            order: Order::DueLast,
            ..one.clone()
        },
        BillQuery {
            agencies: vec![agency("police")],
            ..one.clone()
        },
        BillQuery {
            search: Some(rabt_domain::Personal::new("a".to_owned())),
            ..one.clone()
        },
    ] {
        assert_eq!(
            field(&BillQuery {
                cursor: cursor.clone(),
                ..other
            }),
            "cursor"
        );
    }
}

#[test]
fn an_agency_that_never_answered_has_no_bills() {
    let fixture = Fixture::new();
    fixture.store.bills().put(&bill("police", "1")).unwrap();
    let query = BillQuery {
        agencies: vec![agency("health")],
        ..BillQuery::default()
    };
    assert_eq!(names(&fixture, &query), Vec::<String>::new());
    let key = BillKey {
        agency: agency("health"),
        bill: BillId::parse("1").unwrap(),
    };
    assert_eq!(fixture.store.bills().get(&key).unwrap(), None);
}

/// The first page of a long list must not read the list: SQLite walks an index in order and sorts nothing.
#[test]
fn common_pages_walk_an_index_and_sort_nothing() {
    let fixture = Fixture::new();
    let default = BillQuery::default;
    for query in [
        default(),
        BillQuery {
            standing: Standing::All,
            ..default()
        },
        BillQuery {
            standing: Standing::Closed,
            order: Order::DueLast,
            ..default()
        },
        BillQuery {
            agencies: vec![agency("police")],
            ..default()
        },
        BillQuery {
            due_from: Some(day("2026-11-01")),
            ..default()
        },
        BillQuery {
            search: Some(Personal::new("fine".to_owned())),
            ..default()
        },
        BillQuery {
            search: Some(Personal::new("fine".to_owned())),
            agencies: vec![agency("police")],
            ..default()
        },
        BillQuery {
            search: Some(Personal::new("fine".to_owned())),
            agencies: vec![agency("police"), agency("water")],
            standing: Standing::All,
            ..default()
        },
    ] {
        for of in ["police", "water"] {
            fixture.store.bills().put(&bill(of, "1")).unwrap();
        }
        let plan = fixture
            .store
            .cache_read(|tx| super::super::page::plan(tx, &query))
            .unwrap();
        // A search asks the index alone, and reads the bills that it means.
        let index = match query.search {
            None => "USING INDEX bill_by",
            Some(_) => "USING COVERING INDEX bill_by",
        };
        assert!(plan.contains(index), "{plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{plan}");
    }
}
