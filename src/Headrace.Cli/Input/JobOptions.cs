using System.CommandLine;
using Headrace.Client;
using Headrace.Commands;
using Headrace.Commands.Input;

namespace Headrace.Cli.Input;

/// <summary>
/// What <c>submit</c> and <c>run</c> say about a job: method, parameters, and how it is to be treated.
/// </summary>
internal sealed class JobOptions
{
    private readonly Argument<string> _method = new("METHOD")
    {
        Description = "The method, as sha512 or sha512@1. See: headrace methods list",
    };
    private readonly Argument<string[]> _parameters = new("NAME=VALUE")
    {
        Description = "Parameters, read by the method's schema.",
        Arity = ArgumentArity.ZeroOrMore,
    };
    private readonly Option<string?> _queue = new("--queue")
    {
        Description = "The queue. [default: default]",
        HelpName = "NAME",
    };
    private readonly Option<int?> _priority = Options.WholeNumber("--priority", "Higher goes first. [default: 0]");
    private readonly Option<DateTimeOffset?> _scheduledAt = Options.Timestamp("--at", "Not before this time.");
    private readonly Option<DateTimeOffset?> _deadline = Options.Timestamp(
        "--deadline",
        "Fails if not succeeded by this time."
    );
    private readonly Option<TimeSpan?> _timeLimit = Options.Duration(
        "--time-limit",
        "How long one attempt may run, such as 5m."
    );
    private readonly Option<int?> _retries = Options.WholeNumber(
        "--retries",
        "Further attempts after an error or a timeout. [default: 3]"
    );
    private readonly Option<string?> _contentType = new("--content-type")
    {
        Description = "The body's content type. [default: application/octet-stream]",
        HelpName = "TYPE",
    };

    private readonly Option<string?> _key = new("--key")
    {
        Description = "Your own name for the job: submitted again with the same content, it is the same job.",
        HelpName = "KEY",
    };

    public void AddTo(Command command)
    {
        command.Add(_method);
        command.Add(_parameters);
        foreach (
            var option in new Option[]
            {
                _queue,
                _priority,
                _scheduledAt,
                _deadline,
                _timeLimit,
                _retries,
                _contentType,
                _key,
            }
        )
            command.Add(option);
    }

    /// <summary>The job without its body.</summary>
    public JobRequest Read(CommandContext call) =>
        new(call.Value(_method))
        {
            Arguments = NameValue.Read(call.Value(_parameters)),
            ContentType = call.Value(_contentType),
            Queue = call.Value(_queue),
            Priority = call.Value(_priority),
            ScheduledAt = call.Value(_scheduledAt),
            Deadline = call.Value(_deadline),
            TimeLimit = call.Value(_timeLimit),
            Retries = call.Value(_retries),
            IdempotencyKey = call.Value(_key),
        };
}
