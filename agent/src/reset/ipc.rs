//! System V shared memory, semaphores and message queues: they outlive the programs
//! that made them, and can hold anything. The kernel lists them in `/proc/sysvipc`
//! (proc(5)).

use std::fs;

use anyhow::Context;

use super::{programs::called, sweep::PEOPLE_FROM};

/// A kind of them: its list, and how `ipcrm` (util-linux) is told to remove one.
const KINDS: [(&str, &str); 3] = [("shm", "-m"), ("sem", "-s"), ("msg", "-q")];

/// How many people's programs left.
pub fn count() -> anyhow::Result<u64> {
    let mut count = 0;
    for (kind, _) in KINDS {
        count += listed(kind)?.len() as u64;
    }
    Ok(count)
}

/// Removes them; how many there were.
pub fn clear() -> anyhow::Result<u64> {
    let mut found = 0;
    for (kind, remove) in KINDS {
        for id in listed(kind)? {
            called("/usr/bin/ipcrm", &[remove.to_owned(), id])?;
            found += 1;
        }
    }
    Ok(found)
}

fn listed(kind: &str) -> anyhow::Result<Vec<String>> {
    let path = format!("/proc/sysvipc/{kind}");
    let list = fs::read_to_string(&path).with_context(|| format!("reading {path}"))?;
    of_people(&list).with_context(|| format!("{path} is not as it was expected"))
}

/// The ids of those that a person owns or made: the second column is the id, and the
/// first line says where the owner (`uid`) and the maker (`cuid`) stand.
fn of_people(list: &str) -> Option<Vec<String>> {
    let mut lines = list
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>());
    let titles = lines.next()?;
    let column = |title| titles.iter().position(|it| *it == title);
    let (owner, maker) = (column("uid")?, column("cuid")?);
    let mut ids = Vec::new();
    for line in lines {
        let number = |at: usize| line.get(at)?.parse::<u32>().ok();
        if number(owner)?.max(number(maker)?) >= PEOPLE_FROM {
            ids.push((*line.get(1)?).to_owned());
        }
    }
    Some(ids)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use super::*;

    const LIST: &str = "\
       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid      stime      rtime      ctime
         0          3   644           0          0     0     0     0     0     0     0          0          0 1700000000
       -17          7   644           0          0     0     0  1000  1000  1000  1000          0          0 1700000000
         9         11   644           0          0     0     0     0     0  1000  1000          0          0 1700000000
";

    #[test]
    fn what_a_person_owns_or_made_is_found_by_the_titles_of_the_columns() {
        assert_eq!(of_people(LIST).unwrap(), ["7", "11"]);
    }

    #[test]
    fn a_list_of_another_form_is_no_empty_list() {
        assert_eq!(of_people(""), None);
        assert_eq!(of_people("key msqid\n1 2\n"), None);
        assert_eq!(of_people(&LIST.replace("1000", "many")), None);
    }

    #[test]
    fn the_kernels_own_lists_are_read() {
        for (kind, _) in KINDS {
            listed(kind).unwrap();
        }
    }
}
