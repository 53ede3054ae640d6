Feature: Signing in
  One sign-in serves the whole city, and outlives whatever happens to networks and tokens.

  Background:
    Given a city

  Scenario: A person signs in
    When "tenant-family" signs in
    Then "Salma Burjanoor" or "سلمى برجنور" is signed in

  Scenario: A person changes their mind on the sign-in page
    When "tenant-family" opens the sign-in page and cancels
    Then it fails with "sign_in_required"
    And nobody is signed in
    When "tenant-family" signs in
    Then "Salma Burjanoor" or "سلمى برجنور" is signed in

  Scenario: The app is killed while the sign-in page is open
    When "tenant-family" signs in, and the app is killed while the page is open
    Then "Salma Burjanoor" or "سلمى برجنور" is signed in

  Scenario: The session is still there when the app is opened again
    Given "tenant-family" signs in
    When the app is closed and opened again
    Then "Salma Burjanoor" or "سلمى برجنور" is signed in

  Scenario: An access token has expired
    Given "tenant-family" signs in
    And the person agrees to all agencies
    When 6 minutes pass
    And the bills are refreshed
    Then every agency answered
    And 20 bills are open

  Scenario: The provider takes an access token back before its time
    Given "tenant-family" signs in
    And the person agrees to all agencies
    When the provider takes back the access tokens of "tenant-family"
    And the bills are refreshed
    Then every agency answered
    And 20 bills are open

  Scenario: The provider ends the session
    Given "tenant-family" signs in
    And the person agrees to all agencies
    And the bills are refreshed
    When the provider signs "tenant-family" out everywhere
    And the bills are refreshed
    Then no agency answered
    And nobody is signed in
    When the bills are refreshed
    Then it fails with "sign_in_required"
    And its reason is "Please sign in." and "يرجى تسجيل الدخول."
    And 20 bills are open
    When "tenant-family" signs in
    And the bills are refreshed
    Then every agency answered

  Scenario: A person signs out
    Given "tenant-family" signs in
    And the person agrees to all agencies
    And the bills are refreshed
    When the person signs out
    Then nobody is signed in
    And 0 bills are open
    When the app is closed and opened again
    Then nobody is signed in
    And 0 bills are open

  Scenario: A person signs out without a network
    Given "tenant-family" signs in
    And the person agrees to all agencies
    And the bills are refreshed
    When the network is cut
    And the person signs out
    Then nobody is signed in
    And 0 bills are open

  Scenario: Somebody else takes the device over after a sign-out
    Given "tenant-family" signs in
    And the person agrees to all agencies
    And the bills are refreshed
    When "new-resident" signs in
    Then it fails with "another_person"
    When the person signs out
    And "new-resident" signs in
    And the person agrees to all agencies
    And the bills are refreshed
    Then 4 bills are open
    And no bill "ew-0001" of "electricity-water" is known
