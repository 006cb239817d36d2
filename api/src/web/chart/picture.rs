//! The cards as they are drawn.

use std::collections::HashMap;
use std::fmt::Write;

use rollcall_domain::vocabulary::Provider;
use rollcall_projections::actors::{self, Card};

use super::asked::Asked;
use super::layout::{WIDTH, layout};
use super::nameless;
use super::shown::View;
use super::tree::Tree;
use super::words::fitted;
use crate::caller::Reader;
use crate::edge::Problem;
use crate::resources::names;
use crate::web::filters::thousands;
use crate::web::shell::Shell;

/// Letters of a name and of what is below it, in pixels.
pub(super) const NAME: f32 = 13.0;
pub(super) const TITLE: f32 = 11.5;
/// Where a card has its mark of being in sync.
const CHAIN: (i32, i32) = (162, 10);
const ACROSS: f32 = WIDTH as f32;

#[derive(Default)]
pub(super) struct Picture {
    pub(super) cards: Vec<Drawn>,
    pub(super) lines: String,
    /// A point on each card that is in sync.
    pub(super) chains: String,
    pub(super) width: i32,
    pub(super) height: i32,
}

pub(super) struct Drawn {
    pub(super) id: String,
    pub(super) x: i32,
    pub(super) y: i32,
    pub(super) name: String,
    pub(super) title: String,
    /// The same as far as they fit.
    pub(super) short_name: String,
    pub(super) short_title: String,
    pub(super) active: bool,
    /// Where they are synced from.
    pub(super) synced: Option<String>,
    pub(super) below: usize,
    pub(super) is_open: bool,
    /// Outlined.
    pub(super) is_found: bool,
    /// The address that opens or closes the team.
    pub(super) fold: String,
    /// Lists of the outline that end behind this one.
    pub(super) ends: usize,
}

impl Drawn {
    pub(super) fn is_cut(&self) -> bool {
        self.short_name != self.name || self.short_title != self.title
    }
    /// Opens or closes: a sign and the number of people below.
    pub(super) fn pill(&self) -> String {
        let sign = if self.is_open { '−' } else { '+' };
        format!("{sign} {}", thousands(&self.below.to_string()))
    }
    /// Wide enough for what it says.
    pub(super) fn pill_width(&self) -> i32 {
        let letters = self.pill().chars().count();
        24 + 7 * i32::try_from(letters.saturating_sub(2)).unwrap_or(8)
    }
    pub(super) fn pill_x(&self) -> i32 {
        (WIDTH - self.pill_width()) / 2
    }
}

pub(super) async fn picture(
    reader: &Reader,
    shell: &Shell,
    tree: &Tree,
    view: &View,
    (settled, found): (&Asked, Option<usize>),
) -> Result<Picture, Problem> {
    let scenario = &shell.scenario()?.scenario;
    let ids: Vec<String> =
        view.cards.iter().map(|card| tree.lines[card.person].actor.clone()).collect();
    let cards = actors::cards(reader.db(), reader.id(), scenario, &ids).await?;
    let mut cards: HashMap<String, Card> =
        cards.into_iter().map(|card| (card.actor.clone(), card)).collect();
    let above: Vec<Option<usize>> = view.cards.iter().map(|card| card.above).collect();
    let beside: Vec<(Option<usize>, bool)> =
        view.cards.iter().map(|card| (card.above, card.in_column)).collect();
    let made = layout(&beside);
    let depths = depths(&above);
    let next = depths.iter().skip(1).chain([&0]);
    let ends = depths.iter().zip(next).map(|(depth, next)| depth.saturating_sub(*next));
    let mut drawn: Vec<Drawn> = Vec::with_capacity(ids.len());
    let mut chains = String::new();
    for (((shown, id), (x, y)), ends) in view.cards.iter().zip(ids).zip(made.cards).zip(ends) {
        let card = cards.remove(&id);
        let below = tree.below[shown.person];
        let fold = match below {
            0 => String::new(),
            _ => shell.to(&settled.toggled(&id, shown.is_open).address()),
        };
        let face = face(id, card);
        if face.synced.is_some() {
            let _ = write!(chains, "M{} {}", x + CHAIN.0, y + CHAIN.1);
        }
        drawn.push(Drawn {
            x,
            y,
            below,
            is_open: shown.is_open,
            is_found: found == Some(shown.person),
            fold,
            ends,
            ..face
        });
    }
    let (width, height) = (made.width, made.height);
    Ok(Picture { cards: drawn, lines: made.lines, chains, width, height })
}

/// What a card says of the person. Somebody who went between two queries has no name.
pub(super) fn face(id: String, card: Option<Card>) -> Drawn {
    let name = card
        .as_ref()
        .and_then(|card| names::of_parts(&card.preferred_name, &card.first_name, &card.last_name));
    let name = name.unwrap_or_else(nameless);
    let active = card.as_ref().is_none_or(|card| card.active);
    let title = card.as_ref().and_then(|card| card.job_title.clone()).unwrap_or_default();
    let title = match active {
        true => title,
        false if title.is_empty() => "Inactive".to_owned(),
        false => format!("Inactive, {title}"),
    };
    let synced = card.filter(|card| card.synced).and_then(|card| card.provider);
    let label = |provider: String| {
        Provider::parse(&provider).map_or(provider, |one| one.label().to_owned())
    };
    let synced = synced.map(label);
    let room = if synced.is_some() { 34.0 } else { 20.0 };
    Drawn {
        id,
        x: 0,
        y: 0,
        short_name: fitted(&name, ACROSS - room, NAME).into_owned(),
        short_title: fitted(&title, ACROSS - 20.0, TITLE).into_owned(),
        name,
        title,
        active,
        synced,
        below: 0,
        is_open: false,
        is_found: false,
        fold: String::new(),
        ends: 0,
    }
}

/// How far each card is from the top, the top being 0.
fn depths(above: &[Option<usize>]) -> Vec<usize> {
    let mut depths: Vec<usize> = Vec::with_capacity(above.len());
    for manager in above {
        depths.push(manager.map_or(0, |manager| depths[manager] + 1));
    }
    depths
}
