//! Recordings say again what the environment said.

use rollcall_domain::plan::Employee;

use super::{BOTH, client, company, read_all};
use crate::providers::dynamics::Player;
use crate::providers::{Outage, ProviderError, ReadSummary, Replay};

fn played<'a>(
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Result<(ReadSummary, Vec<Vec<Employee>>), ProviderError> {
    let (mut player, mut pages) = (Box::new(Player::new()), Vec::new());
    for piece in pieces {
        player.push(piece, &mut pages)?;
    }
    let summary = player.finish(&mut pages)?;
    Ok((summary, pages))
}

#[tokio::test]
async fn a_recording_gives_the_same_pages_and_the_same_summary() {
    let simulator = company(1_200).await;
    for surface in BOTH {
        let (summary, kept) = read_all(&client(&simulator, surface)).await.unwrap();
        for size in [4_093, usize::MAX] {
            let (again, pages) = played(kept.raw.chunks(size)).unwrap();
            assert_eq!(again, summary);
            assert_eq!(pages, kept.pages);
        }
    }
}

#[tokio::test]
async fn a_recording_says_the_same_whatever_day_it_is_read_on() {
    let simulator = company(50).await;
    let (_, kept) = read_all(&client(&simulator, BOTH[0])).await.unwrap();
    let (_, pages) = played([kept.raw.as_slice()]).unwrap();
    assert_eq!(pages, kept.pages);
    let head = kept.raw.split(|byte| *byte == b'\n').next().unwrap();
    assert!(String::from_utf8_lossy(head).contains(r#""now":""#));
}

#[tokio::test]
async fn a_recording_that_was_cut_off_is_no_read() {
    let simulator = company(3).await;
    let (_, kept) = read_all(&client(&simulator, BOTH[0])).await.unwrap();
    for end in 1..kept.raw.len() {
        let read = played([&kept.raw[..end]]);
        assert!(
            matches!(read, Err(ProviderError::Unavailable(Outage::Truncated))),
            "{end}: {read:?}"
        );
    }
}

#[test]
fn what_is_no_recording_is_malformed() {
    for odd in [
        "{}\n",
        "nonsense\n",
        "{\"part\":\"end\"}\n",
        "{\"part\":\"page\",\"set\":\"jobs\",\"bytes\":1}\nx",
    ] {
        let read = played([odd.as_bytes()]);
        assert!(matches!(read, Err(ProviderError::Malformed { .. })), "{odd}: {read:?}");
    }
}
