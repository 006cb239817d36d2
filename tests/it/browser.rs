//! The pages as people see them: a real browser on a whole installation. Debian's chromium and
//! chromium-driver have to be there (`scripts/test` installs them); tests fail where they are not.

mod addresses;
mod audit;
mod driver;
mod dynamics;
mod journeys;
mod keyboard;
mod named;
mod office;
mod pages;
mod push;
mod webhooks;
mod window;
mod world;
