use super::*;

#[test]
fn a_second_loading_does_nothing() {
    let ctx = city();
    let before = (count(&ctx, "agency_account"), count(&ctx, "agency_bill"));
    for persona in personas::all() {
        seed(&ctx, persona).unwrap();
    }
    for agency_id in ctx.agencies().keys() {
        seed_agency(&ctx, agency_id).unwrap();
    }
    assert_eq!((count(&ctx, "agency_account"), count(&ctx, "agency_bill")), before);
    assert_eq!(
        count(&ctx, "agency_outbox"),
        0,
        "what is there from the beginning is no news"
    );
}

#[test]
fn a_second_loading_on_another_day_leaves_paid_bills_paid() {
    let ctx = city();
    crate::agencies::admin::pay_at_counter(&ctx, TRAFFIC, "po-0001", None).unwrap();
    ctx.clock.set_offset_ms(90 * 24 * 60 * 60 * 1000);
    seed(&ctx, personas::find("tenant-family").unwrap()).unwrap();
    let open = ctx.state.transact(|tx| {
        tx.query_row("SELECT status FROM agency_bill WHERE bill_id = 'po-0001'", [], |row| {
            row.get::<_, String>(0)
        })
    });
    assert_eq!(open.unwrap_or_else(|error: rusqlite::Error| panic!("{error}")), "paid");
}

#[test]
fn a_persona_who_is_not_loaded_owes_nothing_also_at_an_agency_that_joins() {
    let ctx: Ctx = Arc::new(for_tests(CityConfig::default(), &[SCHEMA]));
    for fixture in built_in().unwrap() {
        join(&ctx, fixture);
    }
    assert_eq!(count(&ctx, "agency_bill"), 1, "the grandparents'");
    seed(&ctx, personas::find("new-resident").unwrap()).unwrap();
    assert_eq!(count(&ctx, "agency_bill"), 1 + 4);
}

#[test]
fn an_agency_that_joins_late_knows_who_lives_there() {
    let ctx: Ctx = Arc::new(for_tests(CityConfig::default(), &[SCHEMA]));
    seed(&ctx, personas::find("new-resident").unwrap()).unwrap();
    assert_eq!(count(&ctx, "agency_bill"), 0);
    for fixture in built_in().unwrap() {
        join(&ctx, fixture);
    }
    assert_eq!(count(&ctx, "agency_bill"), 1 + 4);
}

#[test]
fn a_fixture_that_takes_somebodys_number_is_refused_whole() {
    let ctx = city();
    let mut fixture = built_in().unwrap().remove(0);
    fixture.agency_id = "cooling".to_owned();
    let mut holding = fixture.holdings.remove(0);
    for held in &mut holding.accounts {
        held.agency_id = "cooling".to_owned();
    }
    holding.bills.clear();
    fixture.holdings = vec![holding.clone(), holding];
    let running = RunningAgency {
        fixture: Arc::new(fixture),
        base_url: String::new(),
    };
    ctx.agencies.write().unwrap().insert("cooling".to_owned(), running);
    let before = count(&ctx, "agency_account");
    let error = seed_agency(&ctx, "cooling").unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("account_id: \"ew-parents\" is there already"),
        "{error}"
    );
    assert_eq!(count(&ctx, "agency_account"), before);
}
