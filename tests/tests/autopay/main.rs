//! Bills that pay themselves, against the real city: the story of a mandate, what goes wrong with it, two devices, lost answers, and a
//! gateway that cheats in ten ways and is caught in each.

mod cheats;
mod devices;
mod failures;
mod household;
mod lost;
mod story;
