using System.Text;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Core.Registry;

namespace Headrace.Simulation;

/// <summary>
/// Verifies the registry independently of the broker (R27), from what clients sent, what reached the disk, and what the
/// server answered and published. Versions only grow, no document is lost or invented, the writes of a command or of a
/// job reach the disk together or not at all, each write replaces exactly the version that it expects, and writes that
/// depend on the version of another document reach the disk only while that document has this version.
/// </summary>
internal sealed class RegistryOracle(World world)
{
    /// <summary>
    /// The versions that a document had on disk, in order. The version of a deletion is 0, and its content is null.
    /// </summary>
    private readonly Dictionary<(string Kind, string Id), List<StoredVersion>> _history = [];

    private readonly Dictionary<long, Command> _sent = [];

    /// <summary>For each call, the number of changes of documents that were on disk when it was sent.</summary>
    private readonly Dictionary<long, long> _sentAfter = [];
    private long _changes;

    /// <summary>
    /// For each content that was sent, the unit of writes to which it belongs. Another dictionary counts the contents
    /// of each unit.
    /// </summary>
    private readonly Dictionary<string, (long Call, int Unit)> _units = [];
    private readonly Dictionary<(long Call, int Unit), int> _contents = [];
    private readonly HashSet<(long Call, int Unit)> _stored = [];
    private readonly HashSet<(long Call, int Unit)> _refused = [];

    /// <summary>The version of each document, according to the effects that the current server has published.</summary>
    private readonly Dictionary<(string Kind, string Id), long> _published = [];
    private long _lastVersion;

    /// <summary>Returns true if the call wrote to the registry.</summary>
    public bool Knows(long call) => _sent.ContainsKey(call);

    public void OnServerStarted() => _published.Clear();

    public void OnSent(long call, Command command)
    {
        _sent.Add(call, command);
        _sentAfter.Add(call, _changes);
        foreach (var (unit, writes) in UnitsOf(command).Index())
        {
            var contents = writes.Where(write => !write.Json.IsEmpty).Select(write => Text(write.Json)).ToList();
            _contents.Add((call, unit), contents.Count);
            foreach (var content in contents)
                _units.Add(content, (call, unit));
        }
    }

    /// <summary>Called after a batch has reached the disk.</summary>
    public void OnStored(Batch batch)
    {
        var jobs = batch.Changes.Select(AddedJob).OfType<JobId>().ToHashSet();
        var contents = new Dictionary<(long, int), int>();
        foreach (var change in batch.Changes)
        {
            switch (change)
            {
                case RowChange.DocumentPut { Row: var row }:
                    OnContent(row.Version, Text(row.Json), row.Job, jobs, contents);
                    HistoryOf(row.Kind, row.Id).Add(new StoredVersion(row.Version, Text(row.Json), ++_changes));
                    break;
                case RowChange.RecordPut { Row: { Kind: SimSweepClient.AuditKind } row }:
                    // The oracle of the sweeps checks the content.
                    OnVersion(row.Version);
                    break;
                case RowChange.RecordPut { Row: var row }:
                    OnContent(row.Version, Text(row.Json), row.Job, jobs, contents);
                    break;
                case RowChange.DocumentRemoved removed:
                    HistoryOf(removed.Kind, removed.Id).Add(new StoredVersion(0, null, ++_changes));
                    break;
            }
        }
        foreach (var (unit, count) in contents)
            if (count != _contents[unit] || !_stored.Add(unit))
                throw new SimulationFaultException(
                    $"unit {unit} of registry writes was not stored as a whole and once"
                );
    }

    /// <summary>Called when the server answers a call from the registry client.</summary>
    public void OnResponse(long call, Response response)
    {
        var command = _sent[call];
        switch (response)
        {
            case Response.RegistryWritten written:
                Verify(((Command.WriteRegistry)command).Writes, (call, 0));
                foreach (var (write, version) in ((Command.WriteRegistry)command).Writes.Zip(written.Versions))
                    if (write is RegistryWrite.Put put && !HistoryOf(put.Kind, put.Id).Any(h => h.Version == version))
                        throw new SimulationFaultException(
                            $"version {version} of {put.Kind}/{put.Id} was acknowledged but never reached the disk"
                        );
                break;
            case Response.Submitted submitted:
                foreach (var (unit, result) in submitted.Results.Index())
                    if (result.Rejection is null)
                        Verify(((Command.Submit)command).Jobs[unit].RegistryWrites, (call, unit));
                    else
                        Refuse((call, unit));
                break;
            case Response.RegistryConflict { Conflict: var conflict }:
                if (
                    conflict.ActualVersion != 0
                    && !HistoryOf(conflict.Kind, conflict.Id).Any(h => h.Version == conflict.ActualVersion)
                )
                    throw new SimulationFaultException(
                        $"a conflict names version {conflict.ActualVersion}, which never was"
                    );
                Refuse((call, 0));
                break;
            case Response.Rejected:
                foreach (var (unit, _) in UnitsOf(command).Index())
                    Refuse((call, unit));
                break;
        }
    }

    /// <summary>
    /// Called when the server publishes effects. The published documents must then equal those on disk, because batches
    /// are committed one after another.
    /// </summary>
    public void OnPublished(IReadOnlyList<Effect> effects)
    {
        var changes = effects.OfType<Effect.RegistryChanged>().SelectMany(effect => effect.Changes).ToList();
        foreach (var change in changes)
        {
            switch (change)
            {
                case RegistryChange.Put { Document: var document }:
                    _published[(document.Kind, document.Id)] = document.Version;
                    break;
                case RegistryChange.Deleted deleted:
                    _published.Remove((deleted.Kind, deleted.Id));
                    break;
                case RegistryChange.Reloaded reloaded:
                    _published.Clear();
                    foreach (var document in reloaded.Documents)
                        _published.Add((document.Kind, document.Id), document.Version);
                    break;
            }
        }
        if (changes.Count > 0)
            VerifyPublished();
    }

    /// <summary>
    /// Checks the final state: the disk contains the latest version of each document, and the published documents equal
    /// those on disk.
    /// </summary>
    public void Verify()
    {
        foreach (var ((kind, id), history) in _history)
            if (world.Store.Document(kind, id)?.Version != (history[^1].Content is null ? null : history[^1].Version))
                throw new SimulationFaultException($"the document {kind}/{id} differs from the last that was stored");
        VerifyPublished();
    }

    private void OnContent(
        long version,
        string content,
        JobId? job,
        HashSet<JobId> jobs,
        Dictionary<(long, int), int> contents
    )
    {
        OnVersion(version);
        if (!_units.TryGetValue(content, out var unit))
            throw new SimulationFaultException($"nobody sent the registry content {content}");
        if (_refused.Contains(unit))
            throw new SimulationFaultException($"the registry content {content} was stored although it was rejected");
        if (_sent[unit.Call] is Command.Submit != job.HasValue || (job is { } id && !jobs.Contains(id)))
            throw new SimulationFaultException($"the registry content {content} and its job are not in one commit");
        if (contents.TryAdd(unit, 0))
            VerifyExpected(unit);
        contents[unit]++;
    }

    private void OnVersion(long version)
    {
        if (version <= _lastVersion)
            throw new SimulationFaultException($"version {version} of the registry follows version {_lastVersion}");
        _lastVersion = version;
    }

    /// <summary>
    /// Called when the first content of a unit reaches the disk. The documents that the unit expects must have the
    /// expected versions at this moment.
    /// </summary>
    private void VerifyExpected((long Call, int Unit) unit)
    {
        foreach (var expect in UnitsOf(_sent[unit.Call]).ElementAt(unit.Unit).OfType<RegistryWrite.Expect>())
        {
            var actual = _history.TryGetValue((expect.Kind, expect.Id), out var history) ? history[^1].Version : 0;
            if (expect.ExpectedVersion >= 0 && actual != expect.ExpectedVersion)
                throw new SimulationFaultException(
                    $"unit {unit} of registry writes was stored while {expect.Kind}/{expect.Id} had version {actual} "
                        + $"instead of {expect.ExpectedVersion}"
                );
        }
    }

    /// <summary>
    /// Checks the writes that were acknowledged. Each of them is on disk, and replaced the version that it expected.
    /// </summary>
    private void Verify(IReadOnlyList<RegistryWrite> writes, (long Call, int Unit) unit)
    {
        if (_contents[unit] > 0 && !_stored.Contains(unit))
            throw new SimulationFaultException($"unit {unit} of registry writes was acknowledged but is not on disk");
        foreach (var put in writes.OfType<RegistryWrite.Put>().Where(put => put.ExpectedVersion >= 0))
        {
            var history = HistoryOf(put.Kind, put.Id);
            var at = history.FindIndex(h => h.Content == Text(put.Json));
            var before = at > 0 ? history[at - 1].Version : 0;
            if (before != put.ExpectedVersion)
                throw new SimulationFaultException(
                    $"a write of {put.Kind}/{put.Id} replaced version {before} but expected {put.ExpectedVersion}"
                );
        }
        foreach (var delete in writes.OfType<RegistryWrite.Delete>().Where(delete => delete.ExpectedVersion >= 0))
        {
            var history = HistoryOf(delete.Kind, delete.Id);
            var at = history.FindIndex(h => h.Content is not null && h.Version == delete.ExpectedVersion);
            if (at < 0 || at + 1 == history.Count || history[at + 1].Content is not null)
                throw new SimulationFaultException(
                    $"version {delete.ExpectedVersion} of {delete.Kind}/{delete.Id} was not what a deletion removed"
                );
        }
        foreach (var expect in writes.OfType<RegistryWrite.Expect>().Where(expect => expect.ExpectedVersion >= 0))
            if (!HadVersion(expect, _sentAfter[unit.Call]))
                throw new SimulationFaultException(
                    $"unit {unit} was acknowledged although {expect.Kind}/{expect.Id} never had version "
                        + $"{expect.ExpectedVersion} since it was sent"
                );
    }

    private void Refuse((long Call, int Unit) unit)
    {
        if (_stored.Contains(unit))
            throw new SimulationFaultException($"unit {unit} of registry writes was rejected but is on disk");
        _refused.Add(unit);
    }

    /// <summary>
    /// Whether the document had the expected version at some time after the given number of changes. This also judges
    /// units without content, of which the disk shows nothing.
    /// </summary>
    private bool HadVersion(RegistryWrite.Expect expect, long since)
    {
        var version = RegistryWrite.Absent;
        foreach (var next in _history.GetValueOrDefault((expect.Kind, expect.Id), []))
        {
            if (version == expect.ExpectedVersion && next.Change > since)
                return true;
            version = next.Version;
        }
        return version == expect.ExpectedVersion;
    }

    private void VerifyPublished()
    {
        var stored = world.Store.Documents.ToDictionary(document => (document.Kind, document.Id), d => d.Version);
        if (stored.Count != _published.Count || stored.Any(s => _published.GetValueOrDefault(s.Key) != s.Value))
            throw new SimulationFaultException(
                $"published are the documents {Describe(_published)}, but on disk are {Describe(stored)}"
            );
    }

    private List<StoredVersion> HistoryOf(string kind, string id)
    {
        if (!_history.TryGetValue((kind, id), out var history))
            _history.Add((kind, id), history = []);
        return history;
    }

    private static IEnumerable<IReadOnlyList<RegistryWrite>> UnitsOf(Command command) =>
        command switch
        {
            Command.WriteRegistry write => [write.Writes],
            Command.Submit submit => submit.Jobs.Select(job => job.RegistryWrites),
            _ => [],
        };

    private static JobId? AddedJob(RowChange change) =>
        change switch
        {
            RowChange.JobAdded added => added.Row.Id,
            RowChange.JobEnded { WasStored: false } ended => ended.Row.Job.Id,
            _ => null,
        };

    private static string Describe(Dictionary<(string Kind, string Id), long> documents) =>
        string.Join(", ", documents.Select(document => $"{document.Key.Kind}/{document.Key.Id} {document.Value}"));

    private static string Text(ReadOnlyMemory<byte> json) => Encoding.UTF8.GetString(json.Span);

    /// <summary>A version of a document on disk, and the number of the change that stored it.</summary>
    private readonly record struct StoredVersion(long Version, string? Content, long Change);
}
