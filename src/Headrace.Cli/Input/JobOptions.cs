using System.CommandLine;
using Headrace.Client;
using Headrace.Commands;
using Headrace.Commands.Input;
using Headrace.Core.Jobs;

namespace Headrace.Cli.Input;

/// <summary>The arguments and options that describe a job in <c>submit</c> and <c>run</c>.</summary>
internal sealed class JobOptions
{
    private readonly Argument<string> _method = new Argument<string>("METHOD")
    {
        Description = "The method, such as sha512 or sha512@1. See: headrace methods list",
    }.CompletesMethods();
    private readonly Argument<string[]> _parameters = new("NAME=VALUE")
    {
        Description = "The parameters of the method. The method's schema defines their types.",
        Arity = ArgumentArity.ZeroOrMore,
    };
    private readonly Option<string?> _queue = new Option<string?>("--queue")
    {
        Description = "The name of the queue. [default: default]",
        HelpName = "NAME",
    }.CompletesQueues();
    private readonly Option<int?> _priority = Options.WholeNumber(
        "--priority",
        "Jobs with a higher priority run first. [default: 0]"
    );
    private readonly Option<DateTimeOffset?> _scheduledAt = Options.Timestamp(
        "--at",
        "Do not start the job before this time: a time, or a duration from now such as 10m."
    );
    private readonly Option<DateTimeOffset?> _deadline = Options.Timestamp(
        "--deadline",
        "Fail the job if it has not succeeded by this time: a time, or a duration from now such as 10m."
    );
    private readonly Option<TimeSpan?> _timeLimit = Options.Duration(
        "--time-limit",
        "The maximum duration of one attempt, such as 5m."
    );
    private readonly Option<int?> _retries = Options.WholeNumber(
        "--retries",
        "The number of further attempts after an error or a timeout. [default: 3]"
    );
    private readonly Option<RetryOptions?> _retry = RetryOption.Create(
        "When the job runs again, such as max=5,delay=1s,factor=2,max-delay=1m,jitter=0.25. [default: the policy of "
            + "the method or, if it has none, of the queue]"
    );
    private readonly Option<string[]> _tags = new("--tag")
    {
        Description = "A tag by which the job can be found, such as run=7. Repeat the option to set several tags.",
        HelpName = "TAG",
    };
    private readonly Option<string?> _contentType = new("--content-type")
    {
        Description = "The content type of the body. [default: application/octet-stream]",
        HelpName = "TYPE",
    };

    private readonly Option<string?> _key = new("--key")
    {
        Description = "The idempotency key. Submitting the same key and content again returns the existing job.",
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
                _retry,
                _tags,
                _contentType,
                _key,
            }
        )
            command.Add(option);
    }

    /// <summary>Reads the job, except for its body, from the command line.</summary>
    public JobRequest Read(CommandContext context) =>
        new(context.Value(_method))
        {
            Arguments = NameValue.Read(context.Value(_parameters)),
            ContentType = context.Value(_contentType),
            Queue = context.Value(_queue),
            Priority = context.Value(_priority),
            ScheduledAt = context.Value(_scheduledAt),
            Deadline = context.Value(_deadline),
            TimeLimit = context.Value(_timeLimit),
            Retries = context.Value(_retries),
            Retry = context.Value(_retry),
            Tags = context.Value(_tags) ?? [],
            IdempotencyKey = context.Value(_key),
        };
}
