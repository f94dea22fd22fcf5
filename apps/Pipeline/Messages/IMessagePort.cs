namespace Headrace.Apps.Pipeline.Messages;

/// <summary>The two queues that a program is connected to: Redis lists, or queues of the Headrace server.</summary>
internal interface IMessagePort : IAsyncDisposable
{
    IInbox Inbox { get; }

    IOutbox Outbox { get; }

    /// <summary>The form of the messages.</summary>
    MessageForm Form { get; }
}

/// <summary>The form in which requests are written.</summary>
internal enum MessageForm
{
    /// <summary>The form of Headrace: <c>{"param": 100}</c>, and <c>{"stop": true}</c> to stop.</summary>
    Headrace,

    /// <summary>The form of the seed: <c>100</c>, and <c>null</c> to stop.</summary>
    Redis,
}
