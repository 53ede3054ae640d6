Feature: What a runner must not let pass
  Every scenario here fails in a runner that can be believed, and a runner tries them before it says anything of the others.

  Scenario: A step that nobody knows
    Given a city
    Then an elephant is on the screen

  Scenario: A check that isn't so
    Given a city
    Then 7 agencies are listed

  Scenario: A failure that the next step doesn't speak of
    Given a city
    When an empty basket is quoted
    Then nobody is signed in

  Scenario: A failure that no step speaks of
    Given a city
    When an empty basket is quoted

  Scenario: A failure that didn't happen
    Given a city
    When the list of agencies is refreshed
    Then it fails with "unavailable"

  Scenario: Another failure than was told
    Given a city
    When an empty basket is quoted
    Then it fails with "unavailable"

  Scenario: Bills on the screen in another order
    Given a city
    And "tenant-family" signs in
    And the person agrees to all agencies
    And the bills are refreshed
    When the open bills are shown, 2 at a time
    Then these bills are on the screen:
      | agency            | bill    |
      | roads             | rt-0002 |
      | electricity-water | ew-0002 |

  Scenario: Money that wasn't paid
    Given a city
    Then the books balance, with "AED 1.00" paid
