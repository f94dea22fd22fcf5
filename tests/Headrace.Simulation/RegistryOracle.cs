using System.Text;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Core.Registry;

namespace Headrace.Simulation;

/// <summary>
/// Verifies the registry independently of the broker (R27), from what clients sent, what reached the disk, and what the
/// server answered and published. Versions only grow, no document is lost or invented, the writes of a command or of a
/// job reach the disk together or not at all, and each write replaces exactly the version that it expects.
/// </summary>
internal sealed class RegistryOracle(World world)
{
    /// <summary>The versions that a document had on disk, in order. The content of a deletion is null.</summary>
    private readonly Dictionary<(string Kind, string Id), List<(long Version, string? Content)>> _history = [];

    private readonly Dictionary<long, Command> _sent = [];

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
                    HistoryOf(row.Kind, row.Id).Add((row.Version, Text(row.Json)));
                    break;
                case RowChange.RecordPut { Row: var row }:
                    OnContent(row.Version, Text(row.Json), row.Job, jobs, contents);
                    break;
                case RowChange.DocumentRemoved removed:
                    HistoryOf(removed.Kind, removed.Id).Add((0, null));
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
        if (version <= _lastVersion)
            throw new SimulationFaultException($"version {version} of the registry follows version {_lastVersion}");
        _lastVersion = version;
        if (!_units.TryGetValue(content, out var unit))
            throw new SimulationFaultException($"nobody sent the registry content {content}");
        if (_refused.Contains(unit))
            throw new SimulationFaultException($"the registry content {content} was stored although it was rejected");
        if (_sent[unit.Call] is Command.Submit != job.HasValue || (job is { } id && !jobs.Contains(id)))
            throw new SimulationFaultException($"the registry content {content} and its job are not in one commit");
        contents[unit] = contents.GetValueOrDefault(unit) + 1;
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
    }

    private void Refuse((long Call, int Unit) unit)
    {
        if (_stored.Contains(unit))
            throw new SimulationFaultException($"unit {unit} of registry writes was rejected but is on disk");
        _refused.Add(unit);
    }

    private void VerifyPublished()
    {
        var stored = world.Store.Documents.ToDictionary(document => (document.Kind, document.Id), d => d.Version);
        if (stored.Count != _published.Count || stored.Any(s => _published.GetValueOrDefault(s.Key) != s.Value))
            throw new SimulationFaultException(
                $"published are the documents {Describe(_published)}, but on disk are {Describe(stored)}"
            );
    }

    private List<(long Version, string? Content)> HistoryOf(string kind, string id)
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
}
