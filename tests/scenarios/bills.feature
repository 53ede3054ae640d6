Feature: Every bill of every agency
  All agencies are asked at once, each on a clock of its own, and the screen reads what was stored.

  Background:
    Given a city
    And "tenant-family" signs in
    And the person agrees to all agencies

  Scenario: All bills are on one screen
    When the bills are refreshed
    Then every agency answered
    And 20 bills are open
    And "AED 4,800.53" is owed
    And 4 bills are overdue
    When the open bills are shown, 5 at a time
    Then these bills are on the screen:
      | agency            | bill    |
      | electricity-water | ew-0002 |
      | roads             | rt-0002 |
      | municipality      | mu-0002 |
      | road-toll         | to-0002 |
      | human-resources   | hr-0001 |

  Scenario: One agency is down
    Given "police" is down
    When the bills are refreshed
    Then every agency answered but "police"
    And "police" is out of date because of "unavailable"
    And "roads" is up to date
    And 18 bills are open
    When "police" works again
    And the bills are refreshed
    Then every agency answered
    And "police" is up to date
    And 20 bills are open

  Scenario: One agency is too slow
    Given "health" answers 5000 ms late
    When the bills are refreshed
    Then every agency answered but "health"
    And "health" is out of date because of "unavailable"
    And 18 bills are open

  Scenario: A new bill comes
    Given the bills are refreshed
    When "police" issues the "traffic-fine" "po-new" of "AED 250.00" to "tenant-family"
    And the bills of "police" are refreshed
    Then the bill "po-new" of "police" is "open"
    And the bill "po-new" of "police" costs "AED 250.00" and is due on "2026-03-15"
    And 21 bills are open

  Scenario: A bill is paid at the counter, another is withdrawn
    Given the bills are refreshed
    When the bill "po-0001" of "police" is paid at the counter
    And "roads" withdraws the bill "rt-0002"
    And the bills are refreshed
    Then the bill "po-0001" of "police" is "paid elsewhere"
    And the bill "rt-0002" of "roads" is "withdrawn"
    And 18 bills are open

  Scenario: Time makes bills overdue
    Given the bills are refreshed
    When 30 days pass
    And the bills are refreshed
    Then every agency answered
    And 20 bills are open
    And 17 bills are overdue

  Scenario: Old bills are history
    When the bills are refreshed
    And the closed bills are shown, 2 at a time
    Then these bills are on the screen:
      | agency            | bill         |
      | electricity-water | ew-past-0001 |
      | road-toll         | to-past-0001 |

  Scenario: A bill is found by its words, its number, or the end of its number
    When the bills are refreshed
    And the open bills are searched for "creek parking"
    Then these bills are on the screen:
      | agency | bill    |
      | roads  | rt-0002 |
    When the open bills are searched for "PF-880241"
    Then these bills are on the screen:
      | agency | bill    |
      | police | po-0001 |
    When the open bills are searched for "0241"
    Then these bills are on the screen:
      | agency | bill    |
      | police | po-0001 |
    When the open bills are searched for "elephant"
    Then 0 bills are on the screen

  Scenario: The person agrees to one agency only, and takes that back
    Given the person no longer agrees to "police"
    When the bills are refreshed
    Then every agency answered
    And 18 bills are open
    And no bill "po-0001" of "police" is known
    When the person agrees to "police"
    And the bills are refreshed
    Then 20 bills are open
    When the person no longer agrees to "police"
    Then 18 bills are open

  Scenario: An agency joins the city, without a new app
    Given the bills are refreshed
    And 12 agencies are listed
    When the agency "libraries" joins the city
    And the list of agencies is refreshed
    Then 13 agencies are listed
    And "libraries" is listed as "Libraries" and "المكتبات"
    When the person agrees to "libraries"
    And the bills are refreshed
    Then every agency answered
    And the bill "lib-0001" of "libraries" is "open"

  Scenario: An agency says what is not its to say
    Given the bills are refreshed
    And "health" has the fault "another_persons_bill"
    When the bills are refreshed
    Then an answer of "health" was refused as "unknown_account"
    And 20 bills are open

  Scenario: An agency answers garbage
    Given the bills are refreshed
    And "land" has the fault "garbage"
    When the bills are refreshed
    Then every agency answered but "land"
    And the bill "la-0001" of "land" is "open"
    And 20 bills are open
