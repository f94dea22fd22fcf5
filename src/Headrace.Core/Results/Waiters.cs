using Headrace.Core.Jobs;

namespace Headrace.Core.Results;

/// <summary>Requests that wait for a job to end, bounded in number and in time.</summary>
internal sealed class Waiters
{
    private readonly Dictionary<JobId, List<Ticket>> _byJob = [];
    private readonly Dictionary<Ticket, JobId> _byTicket = [];
    private readonly Timers<Elapsed, Ticket> _until;

    public Waiters() => _until = new Timers<Elapsed, Ticket>(_byTicket.ContainsKey);

    public int Count => _byTicket.Count;

    public IEnumerable<Ticket> Tickets => _byTicket.Keys;

    public Elapsed? Next => _until.Next;

    public bool HasRoom => _byTicket.Count < Limits.Waiters;

    public void Add(Ticket ticket, JobId job, Elapsed until)
    {
        if (!_byJob.TryGetValue(job, out var tickets))
            _byJob.Add(job, tickets = []);
        tickets.Add(ticket);
        _byTicket.Add(ticket, job);
        _until.Add(until, ticket);
    }

    public void Answer(JobId job, Answer answer, Batch batch)
    {
        if (!_byJob.Remove(job, out var tickets))
            return;
        foreach (var ticket in tickets)
        {
            _byTicket.Remove(ticket);
            batch.Add(ticket, answer);
        }
    }

    /// <summary>Removes a request whose wait has expired.</summary>
    public bool TryTake(Elapsed now, out Ticket ticket, out JobId job)
    {
        job = default;
        while (_until.TryTake(now, out ticket))
            if (Gone(ticket, out job))
                return true;
        return false;
    }

    public void Gone(Ticket ticket) => Gone(ticket, out _);

    private bool Gone(Ticket ticket, out JobId job)
    {
        if (!_byTicket.Remove(ticket, out job))
            return false;
        var tickets = _byJob[job];
        tickets.Remove(ticket);
        if (tickets.Count == 0)
            _byJob.Remove(job);
        return true;
    }
}
